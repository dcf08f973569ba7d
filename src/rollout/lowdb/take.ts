import { OutgrowError } from '../../errors.ts'
import type { Collection } from '../../schema/plan.ts'
import { formatPointer } from '../../schema/pointer.ts'
import { copyJson } from '../json-value.ts'
import { isKeyless, keyOf, keyOfRecord, WHOLE } from '../key.ts'
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
    after.set(key, takeValue(one, before.get(key), isKeyless(collection) ? path : [...path, at]))
  }
  return after
}

function takeValue(value: Json, known: Json | undefined, path: Path): Json {
  if (known !== undefined && isAsKnown(value, known)) return known
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
  const names = Object.keys(value)
  if (names.length !== Object.keys(known).length) return false
  return names.every((name) => Object.hasOwn(known, name) && isAsKnown(value[name], known[name] as Json))
}

function areAsKnown(list: Json[], known: Json[]): boolean {
  return list.length === known.length && known.every((element, at) => isAsKnown(list[at], element))
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
    for (const [at, record] of value.entries()) yield [keyIn(collection, record, [...path, at]), record, at]
  } else
    for (const name of Object.keys(value as JsonRecord)) {
      const record = (value as JsonRecord)[name]
      if (record === undefined) continue
      if (!isPlainObject(record)) throw unfit([...path, name], 'is no record but another value')
      yield [keyOf(name), record, name]
    }
}

function keyIn(collection: Collection, record: Json, path: Path): Key {
  if (!isPlainObject(record)) throw unfit(path, 'is no record but another value')
  const key = keyOfRecord(collection, record)
  if (key !== undefined) return key
  throw unfit(path, 'bears no key')
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
