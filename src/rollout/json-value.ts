import { OutgrowError } from '../errors.ts'
import { MAX_DEPTH } from '../jsonstore/tape.ts'
import { formatPointer } from '../schema/pointer.ts'
import type { Json, JsonRecord } from './side.ts'

/**
 * A deep copy that shares nothing. Members that are undefined are left out, as JSON leaves them out. Throws `usage`, with
 * the JSON pointer, for what JSON would change or drop silently: NaN, infinities, undefined in a list, dates and other
 * instances of classes, functions, bigints, and nesting beyond what a store is read back with.
 */
export function copyRecord(record: JsonRecord): JsonRecord {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) throw unfit(record, [])
  return copyJson(record) as JsonRecord
}

/** As `copyRecord`, of any JSON value. */
export function copyJson(value: Json, path: (string | number)[] = []): Json {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'object' || path.length >= MAX_DEPTH) throw unfit(value, path)
  if (Array.isArray(value)) return Array.from(value, (element, at) => below(element, path, at))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) throw unfit(value, path)
  const copy: JsonRecord = {}
  for (const name of Object.keys(value)) {
    const member = value[name]
    if (member === undefined) continue
    // Assigned plainly, this one name would become the prototype instead of a member.
    if (name === '__proto__') define(copy, name, below(member, path, name))
    else copy[name] = below(member, path, name)
  }
  return copy
}

function below(value: Json, path: (string | number)[], at: string | number): Json {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'string' || typeof value === 'boolean' || value === null || Number.isFinite(value))
      return value
  }
  path.push(at)
  const copy = copyJson(value, path)
  path.pop()
  return copy
}

function define(object: JsonRecord, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

function unfit(value: unknown, path: readonly (string | number)[]): OutgrowError {
  const place = formatPointer(path)
  const deep = typeof value === 'object' && value !== null && path.length >= MAX_DEPTH
  const what = deep ? `nesting beyond ${MAX_DEPTH} levels` : describe(value)
  return new OutgrowError('usage', `JSON cannot hold ${what} at "${place.slice(0, 200)}" of the record.`, {
    place,
    next: 'Turn it into plain JSON before it is stored.',
  })
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'class'} in this place`
  return typeof value === 'symbol' ? 'a symbol' : `${typeof value} ${String(value).slice(0, 40)}`
}
