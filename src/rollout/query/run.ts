import { keyValue } from '../key.ts'
import type { Json, JsonRecord, Key, Query } from '../side.ts'
import { matcher } from './match.ts'
import { compareValues } from './order.ts'
import { pathOf, valueAt } from './value.ts'

/** A record with the key that breaks ties. */
export interface Entry {
  key: Key
  record: JsonRecord
}

/**
 * Answers a query in memory: filter, order (ties by key, ascending), then offset and limit. Entries that share one key, as
 * those of a keyless collection do, keep the order in which they came.
 */
export function runQuery(entries: Iterable<Entry>, query: Query): JsonRecord[] {
  const test = matcher(query.where, query.search)
  const found: Entry[] = []
  for (const entry of entries) if (test(entry.record)) found.push(entry)
  const from = query.offset ?? 0
  const to = query.limit === undefined ? undefined : from + query.limit
  return sortedBy(query.order, found).slice(from, to)
}

/** How many entries `runQuery` would find without limit and offset. */
export function countMatches(entries: Iterable<Entry>, query: Pick<Query, 'where' | 'search'>): number {
  const test = matcher(query.where, query.search)
  let count = 0
  for (const entry of entries) if (test(entry.record)) count++
  return count
}

/** By the members named, in turn, and at last by key. Missing is null, and null comes first, or last when descending. */
function sortedBy(order: Query['order'] = [], found: Entry[]): JsonRecord[] {
  const paths = order.map(({ by }) => pathOf(by))
  const signs = order.map(({ descending }) => (descending ? -1 : 1))
  return found
    .map(({ key, record }) => ({
      record,
      key: keyValue(key),
      values: paths.map((path) => valueAt(record, path)),
    }))
    .sort((a, b) => compareLists(a.values, b.values, signs) || compareValues(a.key, b.key))
    .map(({ record }) => record)
}

function compareLists(a: (Json | undefined)[], b: (Json | undefined)[], signs: number[]): number {
  for (const [at, sign] of signs.entries()) {
    const difference = compareValues(a[at], b[at])
    if (difference !== 0) return difference * sign
  }
  return 0
}
