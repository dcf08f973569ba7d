import { OutgrowError } from '../../errors.ts'
import type { Collection } from '../../schema/plan.ts'
import { WHOLE } from '../key.ts'
import type { Entry } from '../query/run.ts'
import type { Json, JsonRecord } from '../side.ts'

/**
 * A keyless collection as the one record that `get` and `put` know under `WHOLE`: a singleton is its object; a list, and
 * any other value, is `{ value }`. A record of a collection with keys is itself.
 */
export function wholeRecord(collection: Collection, value: Json): JsonRecord {
  return isWrapped(collection) ? { value } : (value as JsonRecord)
}

/** The member's value that such a record stands for: the inverse of `wholeRecord`. */
export function wholeValue(collection: Collection, record: JsonRecord): Json {
  if (!isWrapped(collection)) return record
  const { value } = record
  if (value !== undefined && Object.keys(record).length === 1 && (collection.kind === 'values' || Array.isArray(value)))
    return value
  throw new OutgrowError('usage', `The collection "${collection.name}" is stored whole, as { value }.`, {
    place: collection.name,
    next: `Give its ${collection.kind === 'values' ? 'value' : 'list of records'} as the member "value", and nothing else.`,
  })
}

/** What `find` sees of a keyless collection: the records of a list, else the one record. */
export function elementsOf(collection: Collection, value: Json | undefined): Entry[] {
  if (value === undefined) return []
  if (collection.kind !== 'list') return [{ key: WHOLE, record: wholeRecord(collection, value) }]
  return (value as Json[]).filter(isRecord).map((record) => ({ key: WHOLE, record }))
}

function isWrapped(collection: Collection): boolean {
  return collection.kind === 'values' || (collection.kind === 'list' && collection.table.key[0] === '_position')
}

function isRecord(value: Json): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
