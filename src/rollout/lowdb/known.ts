import type { Collection } from '../../schema/plan.ts'
import { wholeValue } from '../file/whole.ts'
import { copyJson } from '../json-value.ts'
import { isKeyless, keyValue, WHOLE } from '../key.ts'
import type { Contents, Json, JsonRecord, Key } from '../side.ts'

/** The values of one collection by key, in their order; what has no keys is its one value, under `WHOLE`. Never changed. */
export type Values = ReadonlyMap<Key, Json>

/** What a document holds, as far as the adapter knows: its own copies. Two states share the values in which they agree. */
export type Known = ReadonlyMap<string, Values>

export function knownOf(contents: Contents, collections: ReadonlyMap<string, Collection>): Known {
  const known = new Map<string, Values>()
  for (const [name, records] of contents) {
    const collection = collections.get(name)
    const whole = records.get(WHOLE)
    if (collection === undefined) continue
    known.set(
      name,
      isKeyless(collection) && whole !== undefined ? new Map([[WHOLE, wholeValue(collection, whole)]]) : records,
    )
  }
  return known
}

/** The document itself, in copies that are the application's to change. */
export function documentOf(known: Known, collections: ReadonlyMap<string, Collection>, isList: boolean): Json {
  const document: JsonRecord = {}
  for (const [name, values] of known) {
    const collection = collections.get(name)
    const member = collection && memberOf(collection, values)
    if (member === undefined) continue
    if (isList) return member
    define(document, name, member)
  }
  return isList ? [] : document
}

function memberOf(collection: Collection, values: Values): Json | undefined {
  if (isKeyless(collection)) {
    const value = values.get(WHOLE)
    return value === undefined ? undefined : copyJson(value)
  }
  if (collection.kind !== 'keyed') return Array.from(values.values(), (value) => copyJson(value))
  const member: JsonRecord = {}
  for (const [key, value] of values) define(member, String(keyValue(key)), copyJson(value))
  return member
}

/** Assigned plainly, the name `__proto__` would become the prototype instead of a member. */
function define(object: JsonRecord, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}
