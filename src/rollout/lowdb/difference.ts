import { OutgrowError } from '../../errors.ts'
import type { Collection } from '../../schema/plan.ts'
import { wholeRecord } from '../file/whole.ts'
import { isKeyless, isOrdered, WHOLE } from '../key.ts'
import { sameJson } from '../same-json.ts'
import type { Json, JsonRecord, Key, SideTransaction } from '../side.ts'
import type { Kind } from '../store/traffic.ts'
import type { Known, Values } from './known.ts'

/** One record that is to be changed. `added`: the adapter knows of none under its key. */
export interface RecordChange {
  collection: string
  key: Key
  kind: Kind
  record: JsonRecord | undefined
}

/** What leads from one state of a document to another. */
export interface Difference {
  changes: RecordChange[]
  /** The lists that would otherwise not come into their order, each with all of its keys. */
  orders: { collection: string; keys: Key[] }[]
}

/** Keys of which nobody can tell what they hold, by collection, since a write of them may or may not have happened. */
export type Doubt = ReadonlyMap<string, ReadonlySet<Key>>

/**
 * The difference of two states by key. What is in doubt is part of it, changed or not. Removals come first, so that a unique
 * value may pass from one record to another; what is added goes last in its list, in the order that is wanted.
 */
export function differenceOf(from: Known, to: Known, collections: readonly Collection[], doubt: Doubt): Difference {
  const removed: RecordChange[] = []
  const put: RecordChange[] = []
  const orders: Difference['orders'] = []
  for (const collection of collections) {
    const { name } = collection
    const [before, after, unsure] = [from.get(name) ?? NOTHING, to.get(name) ?? NOTHING, doubt.get(name) ?? NO_KEYS]
    if (before === after && unsure.size === 0) continue
    removed.push(...removalsOf(collection, before, after, unsure))
    put.push(...putsOf(collection, before, after, unsure))
    if (isArranged(collection, before, after, unsure)) orders.push({ collection: name, keys: [...after.keys()] })
  }
  return { changes: [...removed, ...put], orders }
}

const NOTHING: Values = new Map()
const NO_KEYS: ReadonlySet<Key> = new Set()

function removalsOf(collection: Collection, before: Values, after: Values, unsure: ReadonlySet<Key>): RecordChange[] {
  const keys = new Set([...before.keys(), ...unsure])
  // Under the key of a whole, a list with keys has its order.
  const gone = [...keys].filter((key) => !after.has(key) && (key !== WHOLE || isKeyless(collection)))
  // A list without keys is always there, on either side: it is emptied.
  const record = isKeyless(collection) && collection.kind === 'list' ? { value: [] } : undefined
  return gone.map((key) => ({ collection: collection.name, key, kind: 'remove', record }))
}

function putsOf(collection: Collection, before: Values, after: Values, unsure: ReadonlySet<Key>): RecordChange[] {
  const changes: RecordChange[] = []
  for (const [key, value] of after) {
    const known = before.get(key)
    const isUnsure = unsure.has(key)
    if (!isUnsure && known !== undefined && (known === value || sameJson(known, value))) continue
    changes.push({
      collection: collection.name,
      key,
      kind: isKeyless(collection) ? 'set' : known === undefined && !isUnsure ? 'insert' : 'put',
      record: recordOf(collection, value),
    })
  }
  return changes
}

function recordOf(collection: Collection, value: Json): JsonRecord {
  return isKeyless(collection) ? wholeRecord(collection, value) : (value as JsonRecord)
}

/** Those that stay keep their places, the new ones go last: whether that is another order than the one wanted. */
function isArranged(collection: Collection, before: Values, after: Values, unsure: ReadonlySet<Key>): boolean {
  if (collection.kind !== 'list' || isKeyless(collection) || !isOrdered(collection)) return false
  if (unsure.size > 0) return true
  const wanted = after.keys()
  for (const key of before.keys()) if (after.has(key) && wanted.next().value !== key) return true
  return false
}

/**
 * Carries the difference out in a transaction. Throws `conflict` for a record that is to be added under a key which somebody
 * else has given to another meanwhile: what the adapter does not know of it does not touch.
 */
export async function carryOut({ changes, orders }: Difference, tx: SideTransaction): Promise<void> {
  for (const { collection, key, kind, record } of changes) {
    if (kind === 'insert' && (await tx.get(collection, key)) !== undefined) throw taken(collection, key)
    if (record === undefined) await tx.remove(collection, key)
    else await tx.put(collection, key, record)
  }
  for (const { collection, keys } of orders) await tx.arrange(collection, keys)
}

/** What can no longer be told after a write of this difference failed without saying whether it happened. */
export function doubtAbout({ changes, orders }: Difference, before: Doubt): Doubt {
  const doubt = new Map([...before].map(([collection, keys]) => [collection, new Set(keys)]))
  const add = (collection: string, key: Key): void => {
    const keys = doubt.get(collection) ?? new Set()
    doubt.set(collection, keys.add(key))
  }
  for (const { collection, key } of changes) add(collection, key)
  for (const { collection } of orders) add(collection, WHOLE)
  return doubt
}

function taken(collection: string, key: Key): OutgrowError {
  return new OutgrowError('conflict', `Somebody else has put a record into "${collection}" under the key ${key}.`, {
    place: `${collection} ${key}`,
    next: 'Read the document again, then choose another key.',
  })
}
