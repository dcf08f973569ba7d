import { isDeepStrictEqual } from 'node:util'

/**
 * Compares two documents of a store: lists of records by their ids, since neither side promises an order; all else by value,
 * with objects as sets of members. Returns how many records, lists of them and other members were compared, and each
 * difference.
 */
export function differences(file: unknown, postgres: unknown): { compared: number; found: string[] } {
  const [left, right] = [entriesOf(file), entriesOf(postgres)]
  const found: string[] = []
  for (const place of new Set([...left.keys(), ...right.keys()])) {
    if (!right.has(place)) found.push(`${place} is in the file only`)
    else if (!left.has(place)) found.push(`${place} is in PostgreSQL only`)
    else if (!isDeepStrictEqual(left.get(place), right.get(place)))
      found.push(
        `${place} differs: ${JSON.stringify(left.get(place))} in the file, ${JSON.stringify(right.get(place))}`,
      )
  }
  return { compared: new Set([...left.keys(), ...right.keys()]).size, found }
}

/** Records and other values by their place: `/ideas/"7"` for the record with id "7" (`/ideas/7` for 7), `/name` for others. */
function entriesOf(document: unknown): Map<string, unknown> {
  const entries = new Map<string, unknown>()
  if (typeof document !== 'object' || document === null) return entries.set('the document', document)
  for (const [name, value] of Object.entries(document)) {
    const ids = Array.isArray(value) ? value.map(idOf) : [undefined]
    const isKeyed = new Set(ids).size === ids.length && !ids.includes(undefined)
    if (!Array.isArray(value) || !isKeyed) entries.set(`/${name}`, value)
    else {
      // The list itself: an empty one is not none.
      entries.set(`/${name}`, 'records')
      for (const [at, record] of value.entries()) entries.set(`/${name}/${ids[at]}`, record)
    }
  }
  return entries
}

function idOf(record: unknown): string | undefined {
  if (typeof record !== 'object' || record === null || !('id' in record)) return undefined
  return JSON.stringify(record.id)
}
