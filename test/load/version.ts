import type { Operation } from './operation.ts'
import { nameOf, type Sighting } from './sighting.ts'

/** One version of a record: the write that made it, and everybody who saw it. */
export interface Version {
  mark: string
  /** Undefined for what was there before the run. */
  write: Operation | undefined
  sightings: Sighting[]
}

/**
 * When a version is first known to be there: the earliest end among its write and those who saw it. And when it is last
 * known to be there, or yet to come: the latest start among them.
 */
export interface Span {
  version: Version
  known: number
  last: number
}

export function spanOf(version: Version): Span {
  const { write, sightings } = version
  let known = write?.end ?? Number.NEGATIVE_INFINITY
  let last = write?.start ?? Number.NEGATIVE_INFINITY
  for (const seen of sightings) {
    known = Math.min(known, seen.end)
    last = Math.max(last, seen.start)
  }
  return { version, known, last }
}

/** Two versions of one record of which each must precede the other. */
export interface Contradiction {
  /** The one that was seen although the other had replaced it, and by whom; where their order is open, the one seen last. */
  old: Version
  replacedBy: Version
  seenBy: Sighting[]
}

/**
 * The contradictions among the versions of one record. A version precedes another when its write, or somebody who saw it,
 * had ended before the write of the other, or somebody who saw that, began. A record whose versions are all different, and
 * which is read and overwritten whole, behaves as if its operations had been carried out one by one, each between its start
 * and its end (linearizability: Herlihy and Wing 1990), exactly if no two of its versions precede each other: this is the
 * criterion of zones for registers with unique values (Gibbons and Korach, "Testing Shared Memories", 1997). Hence an
 * acknowledged write may only be superseded by one whose interval does not end before it begins. A write of unknown outcome
 * has no end, and counts from the first sighting of it; one that nobody saw says nothing.
 */
export function contradictionsOf(versions: readonly Version[]): Contradiction[] {
  const spans = versions
    .filter(({ write, sightings }) => write?.outcome !== 'unknown' || sightings.length > 0)
    .map(spanOf)
    .sort((a, b) => a.known - b.known)
  return spans.flatMap((first, at) => {
    const found: Contradiction[] = []
    for (const other of spans.slice(at + 1)) {
      if (other.known >= first.last) break
      if (first.known >= other.last) continue
      found.push(isOlder(first, other) ? contradiction(first, other) : contradiction(other, first))
    }
    return found
  })
}

/** By their writes, where one had ended before the other began. */
function isOlder(a: Span, b: Span): boolean {
  const [first, second] = [a.version.write, b.version.write]
  if (first === undefined || (second !== undefined && first.end < second.start)) return true
  if (second === undefined || second.end < first.start) return false
  return a.last > b.last
}

function contradiction(old: Span, { version: replacedBy, known }: Span): Contradiction {
  return { old: old.version, replacedBy, seenBy: old.version.sightings.filter(({ start }) => start > known) }
}

export function nameOfVersion({ mark, write }: Version): string {
  return write === undefined ? `"${mark}", which was there before` : nameOf(write)
}
