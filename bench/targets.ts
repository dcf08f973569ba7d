import type { Size } from './growth.ts'
import { median, type Summary } from './summary.ts'

/** A target of the design and what was measured against it. */
export interface Verdict {
  target: string
  measured: string
  met: boolean
}

const LOAD_RATIO = 1.3
const WHOLE_RATIO = 2.5
const MEMORY_MB = 300
const SMALL_SECONDS = 1
/** Time per record at the greatest size, relative to the second greatest: more is no longer called linear. */
const LINEAR = 1.25

/** Judges what was measured; a target whose figure is missing is left out, never taken for met. */
export function judge(rows: Summary[], sizes: Size[], small: number[]): Verdict[] {
  return [
    ...atMost('load alone, ratio to F', ratioOf(rows, 'outgrow load alone'), LOAD_RATIO),
    ...atMost('whole verified run, ratio to F', ratioOf(rows, 'outgrow migrate'), WHOLE_RATIO),
    ...atMost('whole verified run, ratio to DuckDB → CSV → \\copy', against(rows, 'duckdb-csv'), 1),
    ...atMost('whole verified run, ratio to pgloader', against(rows, 'pgloader'), 1),
    ...atMost('peak resident memory at the greatest size, MB', peak(sizes), MEMORY_MB),
    ...atMost('time per record at the greatest size against the one before', perRecord(sizes), LINEAR),
    ...atMost('migrate of 400 records, seconds', small.length > 0 ? median(small) : undefined, SMALL_SECONDS),
  ]
}

function atMost(what: string, measured: number | undefined, limit: number): Verdict[] {
  if (measured === undefined) return []
  return [{ target: `${what} ≤ ${limit}`, measured: measured.toFixed(2), met: measured <= limit }]
}

const find = (rows: Summary[], name: string): Summary | undefined => rows.find((row) => row.name === name)
const ratioOf = (rows: Summary[], name: string): number | undefined => find(rows, name)?.ratio

function against(rows: Summary[], peer: string): number | undefined {
  const own = find(rows, 'outgrow migrate')?.seconds
  const other = find(rows, peer)?.seconds
  return own === undefined || other === undefined ? undefined : own / other
}

function peak(sizes: Size[]): number | undefined {
  const bytes = sizes.at(-1)?.outcome.peakBytes
  return bytes === undefined ? undefined : bytes / 1e6
}

function perRecord(sizes: Size[]): number | undefined {
  const [before, last] = sizes.slice(-2)
  if (before === undefined || last === undefined) return undefined
  return last.outcome.seconds / last.records / (before.outcome.seconds / before.records)
}
