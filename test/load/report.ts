import type { Figures, Latency } from './figures.ts'
import { KINDS, type Kind } from './operation.ts'
import type { Verdict } from './verdict.ts'

/** What a run with so many clients came to: all times in milliseconds but `seconds`. */
export interface Report {
  url: string
  clients: number
  seed: number
  seconds: number
  operations: number
  /** Operations answered in a second. */
  throughput: number
  latency: Partial<Record<Kind, Latency>>
  errors: ReturnType<Figures['errors']>
  oracles: Verdict[]
  ok: boolean
}

export function reportOf(
  of: Pick<Report, 'url' | 'clients' | 'seed' | 'seconds'> & { figures: Figures; oracles: Verdict[] },
): Report {
  const { figures, oracles, ...run } = of
  return {
    ...run,
    operations: figures.count,
    throughput: figures.count / run.seconds,
    latency: figures.latencies(),
    errors: figures.errors(),
    oracles,
    ok: oracles.every(({ violations }) => violations === 0),
  }
}

/** The report as text for people. */
export function tableOf(report: Report): string {
  const { clients, operations, seconds, throughput, latency, errors, oracles } = report
  const head = `${clients} clients, ${operations} operations in ${seconds.toFixed(1)} s: ${throughput.toFixed(0)}/s`
  const rows = KINDS.flatMap((kind) => {
    const found = latency[kind]
    if (found === undefined) return []
    const times = [found.p50, found.p95, found.p99, found.most].map((time) => time.toFixed(2))
    return [[kind, String(found.count), ...times]]
  })
  return [
    head,
    ...aligned([['ms', 'count', 'p50', 'p95', 'p99', 'most'], ...rows]),
    `failed attempts: ${listOf(errors.attempts)}; unknown outcomes: ${listOf(errors.unknown)}`,
    ...oracles.flatMap(linesOf),
  ].join('\n')
}

function aligned(rows: string[][]): string[] {
  return rows.map(([name = '', ...cells]) => `  ${name.padEnd(8)}${cells.map((cell) => cell.padStart(10)).join('')}`)
}

function listOf(counts: Record<string, number>): string {
  const found = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  return found.length === 0 ? 'none' : found.join(', ')
}

function linesOf({ oracle, promise, checked, violations, told }: Verdict): string[] {
  const verdict = violations === 0 ? `held, ${checked} checked` : `BROKEN ${violations} times, ${checked} checked`
  return [`${oracle.padEnd(7)}${promise}: ${verdict}`, ...told.map((what) => `         ${what}`)]
}
