import type { Difference } from '../jsonstore/differences.ts'

/** What a comparison counts and lists. */
export interface Tally {
  records: number
  mismatches: number
  /** The first of them, at most MOST_LISTED. */
  listed: Mismatch[]
}

export interface Mismatch {
  pointer: string
  kind: Difference['kind'] | 'order'
  source: string | null
  target: string | null
}

/** Differences that a report lists; all are counted. */
export const MOST_LISTED = 100

export function newTally(): Tally {
  return { records: 0, mismatches: 0, listed: [] }
}

export function addMismatch(tally: Tally, { pointer, kind, source, target }: Difference | Mismatch): void {
  tally.mismatches++
  if (tally.listed.length < MOST_LISTED)
    tally.listed.push({ pointer, kind, source: source ?? null, target: target ?? null })
}
