import type { Size } from './growth.ts'
import { type HardResult, total } from './hard-race.ts'
import type { Entry } from './race.ts'
import { floorOf, median, type Summary, summarise } from './summary.ts'
import { judge, type Verdict } from './targets.ts'

/** Everything that one run of the bench measured. */
export interface Results {
  machine: string
  command: string
  records: number
  runs: number
  /** Bytes of the flat store as JSON. */
  bytes: number
  entries: Entry[]
  hard: HardResult[]
  sizes: Size[]
  /** Seconds of each `migrate` of the small store. */
  small: number[]
}

/** The report as Markdown; parts that were not run are left out. */
export function report(results: Results): string {
  const rows = summarise(results.entries, results.records)
  const verdicts = judge(rows, results.sizes, results.small)
  const parts = [
    `${results.machine}\n\nReproduce: \`${results.command}\``,
    ...(rows.length > 0 ? [flatPart(results, rows)] : []),
    ...(results.hard.length > 0 ? [hardPart(results.hard)] : []),
    ...(results.sizes.length > 0 ? [sizesPart(results.sizes)] : []),
    ...(results.small.length > 0 ? [smallPart(results.small)] : []),
    ...(verdicts.length > 0 ? [verdictPart(verdicts)] : []),
  ]
  return parts.join('\n\n')
}

function flatPart(results: Results, rows: Summary[]): string {
  const { records, runs, bytes, entries } = results
  const floor = floorOf(entries)?.peer.name
  const phases = phaseLine(entries)
  const head = `### ${records.toLocaleString('en')} records × 8 fields, ${megabytes(bytes)} MB`
  const said = `Median of ${runs} interleaved ${runs === 1 ? 'round' : 'rounds'}; F is \`${floor ?? 'none'}\`. Every record is rebuilt and compared.`
  const cells = rows.map((row) => [
    row.name,
    row.what + (row.failure === undefined ? '' : ` — **${row.failure}**`),
    row.seconds === undefined ? '–' : row.seconds.toFixed(2) + (row.records < records ? ' (scaled)' : ''),
    row.ratio?.toFixed(2) ?? '–',
    row.peakBytes === undefined ? '–' : megabytes(row.peakBytes),
    row.equal === undefined ? '–' : `${row.equal.toLocaleString('en')} of ${row.records.toLocaleString('en')}`,
  ])
  const header = ['contender', 'what', 'seconds', '× F', 'peak MB', 'documents rebuilt equal']
  return [head, said, table(header, cells), ...phases].join('\n\n')
}

function phaseLine(entries: Entry[]): string[] {
  return entries.flatMap(({ peer, outcomes }) => {
    const names = Object.keys(outcomes[0]?.phases ?? {})
    if (names.length === 0) return []
    const told = names.map((name) => `${name} ${median(outcomes.map((it) => it.phases?.[name] ?? 0)).toFixed(2)}`)
    return [`Phases of \`${peer.name}\`, seconds: ${told.join(' · ')}`]
  })
}

function hardPart(hard: HardResult[]): string {
  const peers = [...new Set(hard.map((result) => result.peer))]
  const difficulties = [...new Set(hard.map((result) => result.difficulty))]
  const cell = (peer: string, difficulty: string): string => {
    const result = hard.find((it) => it.peer === peer && it.difficulty === difficulty)
    return result === undefined ? '–' : `${result.equal}${result.refused === undefined ? '' : ' (refused)'}`
  }
  const sums = peers.map((peer) => {
    const own = hard.filter((result) => result.peer === peer)
    return `**${total(own, 'equal')} of ${total(own, 'tried')}**`
  })
  const rows = difficulties.map((difficulty) => [difficulty, ...peers.map((peer) => cell(peer, difficulty))])
  const said = `Records rebuilt equal, of ${hard[0]?.tried} in each store. *Refused*: the tool ended with an error, which counts as none.`
  return ['### Hard stores', said, table(['difficulty', ...peers], [...rows, ['all', ...sums]])].join('\n\n')
}

function sizesPart(sizes: Size[]): string {
  const rows = sizes.map(({ bytes, records, outcome }) => [
    megabytes(bytes),
    records.toLocaleString('en'),
    outcome.seconds.toFixed(2),
    (bytes / 1e6 / outcome.seconds).toFixed(1),
    outcome.peakBytes === undefined ? '–' : megabytes(outcome.peakBytes),
  ])
  const head = '### `outgrow migrate` at growing sizes'
  return [head, table(['store, MB', 'records', 'seconds', 'MB/s', 'peak MB'], rows)].join('\n\n')
}

function smallPart(small: number[]): string {
  const times = small.length === 1 ? 'once' : `median of ${small.length}`
  return `### A small store\n\n\`migrate\` of 400 records beside a running server, process start included: ${median(small).toFixed(2)} s (${times}).`
}

function verdictPart(verdicts: Verdict[]): string {
  const rows = verdicts.map(({ target, measured, met }) => [target, measured, met ? 'met' : '**missed**'])
  return `### Targets\n\n${table(['target', 'measured', ''], rows)}`
}

function table(header: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)
