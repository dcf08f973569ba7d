import { OutgrowError } from '../errors.ts'
import { type Collection, POSITION } from '../schema/plan.ts'
import { parsePointer } from '../schema/pointer.ts'
import { compareValues } from './query/order.ts'
import { valueAt } from './query/value.ts'
import type { Json, JsonRecord, Key, Scalar } from './side.ts'

/**
 * The one key of a collection whose records have none (a singleton, a values member, a list under `_position`): such a
 * collection is read, written and pushed whole. It is the spelling of null, which no record can have as its key.
 */
export const WHOLE: Key = 'null'

/** The canonical spelling of a key. Throws `usage` for what cannot be one: null, a list, an object, a number out of range. */
export function keyOf(value: Json | undefined): Key {
  if (isKeyValue(value)) return JSON.stringify(value)
  const shown = value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing')
  throw new OutgrowError('usage', `A key is a text, a number or a boolean, and ${shown.slice(0, 60)} is none.`, {
    next: 'Give the record a key.',
  })
}

/** The value that a key spells: the inverse of `keyOf`. `WHOLE` spells null. */
export function keyValue(key: Key): Scalar {
  return JSON.parse(key) as Scalar
}

/** Keys in the order that breaks ties: numbers by value before texts by code point. */
export function compareKeys(a: Key, b: Key): number {
  return a === b ? 0 : compareValues(keyValue(a), keyValue(b))
}

/** True for a collection that is read, written and pushed whole, under the key `WHOLE`. */
export function isKeyless(collection: Collection): boolean {
  return collection.kind === 'values' || collection.table.key[0] === POSITION
}

/** Whether the places of its records mean anything. */
export function isOrdered(collection: Collection): boolean {
  return collection.kind === 'values' || collection.table.ordered !== false
}

/**
 * The key of a record: the member that the plan's key column names, or, in a keyed collection, `name`, the name under
 * which the record stands. Undefined when the record bears no key. Throws `plan-invalid` for a key of several columns.
 */
export function keyOfRecord(collection: Collection, record: JsonRecord, name?: string): Key | undefined {
  return keyReader(collection)(record, name)
}

/** `keyOfRecord` for many records of a collection. */
export function keyReader(collection: Collection): (record: JsonRecord, name?: string) => Key | undefined {
  if (isKeyless(collection)) return () => WHOLE
  const path = keyPath(collection)
  return (record, name) => {
    const value = path === undefined ? name : valueAt(record, path)
    return isKeyValue(value) ? JSON.stringify(value) : undefined
  }
}

/** The members that lead to a record's key; undefined when it is the record's name in a keyed collection, or has none. */
export function keyPath(collection: Collection): string[] | undefined {
  if (isKeyless(collection) || collection.kind === 'values') return undefined
  const { columns, key } = collection.table
  const column = key.length === 1 ? columns.find((one) => one.name === key[0]) : undefined
  if (column === undefined) throw severalColumns(collection)
  return column.pointer === '#' ? undefined : parsePointer(column.pointer)
}

function isKeyValue(value: Json | undefined): value is boolean | number | string {
  return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' || typeof value === 'boolean'
}

function severalColumns(collection: Collection): OutgrowError {
  const message = `The key of collection "${collection.name}" is not one column: it cannot be moved under live traffic.`
  return new OutgrowError('plan-invalid', message, {
    place: collection.name,
    next: `Name one column as its key, or ["${POSITION}"] to have the collection pushed whole.`,
  })
}
