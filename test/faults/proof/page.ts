import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Oracle } from '../../load/verdict.ts'
import type { Result } from '../rollout/results.ts'

/** All rounds that are on record in the folder. */
export async function readResults(folder: string): Promise<Result[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.map((text) => JSON.parse(text) as Result)
}

const COLUMNS = [
  'scenario',
  'rounds',
  'seeds',
  'faults',
  'acknowledged writes',
  'unknown',
  'lost',
  'duplicates',
  'other',
] as const

/** Markdown: one line for each scenario, and all of them together. Lost: O1; duplicates: O2; other: every other oracle. */
export function tableOf(results: readonly Result[]): string {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))].sort()
  const rows = scenarios.map((name) =>
    rowOf(
      name,
      results.filter(({ scenario }) => scenario === name),
    ),
  )
  return [COLUMNS, COLUMNS.map(() => '---'), ...rows, rowOf('**all**', results)].map(line).join('\n')
}

function rowOf(name: string, rounds: readonly Result[]): string[] {
  const sum = (count: (round: Result) => number): string =>
    rounds.reduce((total, round) => total + count(round), 0).toLocaleString('en')
  const seeds = [...new Set(rounds.map(({ seed }) => seed))].sort((a, b) => a - b)
  return [
    ...[name, String(rounds.length), rangeOf(seeds), sum(({ faults }) => faults)],
    ...[sum(({ acknowledged }) => acknowledged), sum(({ unknown }) => unknown)],
    ...[sum(({ violations }) => violations.O1 ?? 0), sum(({ violations }) => violations.O2 ?? 0), sum(otherThan)],
  ]
}

function otherThan({ violations }: Result): number {
  const counted: Oracle[] = ['O1', 'O2']
  return Object.entries(violations).reduce(
    (sum, [oracle, count]) => (counted.includes(oracle as Oracle) ? sum : sum + count),
    0,
  )
}

function rangeOf(seeds: readonly number[]): string {
  return seeds.length > 1 ? `${seeds[0]}–${seeds.at(-1)}` : String(seeds[0])
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
