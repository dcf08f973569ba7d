import { OutgrowError } from '../../errors.ts'
import type { Collection } from '../../schema/plan.ts'
import { formatPointer } from '../../schema/pointer.ts'
import { copyJson } from '../json-value.ts'
import { isKeyless, keyOf, keyReader, WHOLE } from '../key.ts'
import { sameJson } from '../same-json.ts'
import type { Json, JsonRecord, Key } from '../side.ts'
import type { Known, Values } from './known.ts'

type Path = (string | number)[]

/**
 * Takes in what an application wants its document to be: copies of the values that differ from the known ones, which the
 * rest shares. The application may change its objects as soon as this has returned. Members that are undefined are left
 * out, as JSON leaves them out. Throws `usage`, with the JSON pointer, for what the plan has no place for (a member that it
 * does not know, a list that is none, a record without a key or with another's) and for what JSON would change silently
 * (NaN, dates and other instances of classes, functions).
 */
export function takeDocument(
  data: unknown,
  known: Known,
  plan: { collections: Collection[]; document: string },
): Known {
  const taken = new Map<string, Values>()
  if (plan.document === 'list') {
    const [collection] = plan.collections
    if (collection !== undefined) taken.set(collection.name, takeMember(collection, data as Json, known, []))
    return taken
  }
  if (!isPlainObject(data)) throw unfit([], 'is not the object of collections that the plan says')
  const collections = new Map(plan.collections.map((one) => [one.name, one]))
  for (const name of Object.keys(data)) {
    const value = data[name]
    if (value === undefined) continue
    const collection = collections.get(name)
    if (collection === undefined) throw unknownMember(name)
    taken.set(name, takeMember(collection, value, known, [name]))
  }
  return taken
}

function takeMember(collection: Collection, value: Json, known: Known, path: Path): Values {
  const before: Values = known.get(collection.name) ?? new Map()
  const after = new Map<Key, Json>()
  for (const [key, one, at] of entriesOf(collection, value, path)) {
    if (after.has(key)) throw unfit([...path, at], `bears the key ${key}, which another record bears already`)
    const known = before.get(key)
    if (known !== undefined && isAsKnown(one, known)) after.set(key, known)
    else after.set(key, takeNew(one, known, isKeyless(collection) ? path : [...path, at]))
  }
  return after
}

function takeNew(value: Json, known: Json | undefined, path: Path): Json {
  const own = copyJson(value, path)
  return known !== undefined && sameJson(own, known) ? known : own
}

/** As `sameJson`, but nothing that JSON would change is like anything: a date is no empty object. */
function isAsKnown(value: Json | undefined, known: Json): boolean {
  if (value === known) return true
  if (typeof value !== 'object' || typeof known !== 'object' || value === null || known === null) return false
  if (Array.isArray(known)) return Array.isArray(value) && areAsKnown(value, known)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (Array.isArray(value) || (prototype !== Object.prototype && prototype !== null)) return false
  return haveAsKnown(value, known)
}

/** Plain loops, as all of the document goes through here at each write. What only one of the two has tips the balance. */
function haveAsKnown(object: JsonRecord, known: JsonRecord): boolean {
  let balance = 0
  for (const name in object) {
    const other = known[name]
    if (other === undefined || !isAsKnown(object[name], other)) return false
    balance++
  }
  for (const _ in known) balance--
  return balance === 0
}

function areAsKnown(list: Json[], known: Json[]): boolean {
  if (list.length !== known.length) return false
  for (let at = 0; at < list.length; at++) if (!isAsKnown(list[at], known[at] as Json)) return false
  return true
}

/** Keys and values of a member of the document, each with its place in it. */
function* entriesOf(collection: Collection, value: Json, path: Path): Iterable<[Key, Json, string | number]> {
  const { kind } = collection
  if (kind === 'list' && !Array.isArray(value)) throw unfit(path, 'is not the list that the plan says')
  if ((kind === 'keyed' || kind === 'singleton') && !isPlainObject(value))
    throw unfit(path, 'is not the object that the plan says')
  if (isKeyless(collection)) {
    if (kind === 'list') refuseOthers(value as Json[], path)
    yield [WHOLE, value, '']
  } else if (Array.isArray(value)) {
    const keyOfRecord = keyReader(collection)
    for (const [at, record] of value.entries()) {
      const key = isPlainObject(record) ? keyOfRecord(record) : undefined
      if (key === undefined) throw noKey(record, [...path, at])
      yield [key, record, at]
    }
  } else
    for (const name of Object.keys(value as JsonRecord)) {
      const record = (value as JsonRecord)[name]
      if (record === undefined) continue
      if (!isPlainObject(record)) throw unfit([...path, name], 'is no record but another value')
      yield [keyOf(name), record, name]
    }
}

function noKey(record: Json, path: Path): OutgrowError {
  return unfit(path, isPlainObject(record) ? 'bears no key' : 'is no record but another value')
}

function refuseOthers(list: Json[], path: Path): void {
  const at = list.findIndex((one) => !isPlainObject(one))
  if (at >= 0) throw unfit([...path, at], 'is no record but another value')
}

function isPlainObject(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unfit(path: Path, what: string): OutgrowError {
  const place = formatPointer(path)
  return new OutgrowError('usage', `The value at "${place.slice(0, 200)}" of the document ${what}.`, {
    place,
    next: 'Nothing of this write was stored: correct the document, then write it again.',
  })
}

function unknownMember(name: string): OutgrowError {
  const place = formatPointer([name])
  return new OutgrowError('usage', `The plan of the store has no place for the member "${name}" of the document.`, {
    place,
    next: 'Nothing of this write was stored: remove the member, or make a plan that has it (outgrow plan) and migrate anew.',
  })
}
