import { OutgrowError } from '../../errors.ts'
import type { Collection, Plan } from '../../schema/plan.ts'
import { wholeRecord, wholeValue } from '../file/whole.ts'
import { copyRecord } from '../json-value.ts'
import { isKeyless, keyOf, keyOfRecord, WHOLE } from '../key.ts'
import type { Json, JsonRecord, Key, SideTransaction } from '../side.ts'
import type { Records, Transaction, Whole } from './api.ts'
import type { Kind } from './traffic.ts'

/** The collections of a plan as a service names them. */
export class Names {
  readonly #collections: Map<string, Collection>

  constructor(plan: Plan) {
    this.#collections = new Map(plan.collections.map((one) => [one.name, one]))
  }

  all(): Collection[] {
    return [...this.#collections.values()]
  }

  /** True where the one key `WHOLE` stands for all of the collection. */
  isKeyless(name: string): boolean {
    return isKeyless(this.#find(name))
  }

  /** Throws `usage` for a name that there is not, or for one whose records bear no key. */
  keyed(name: string): Collection {
    const found = this.#find(name)
    if (!isKeyless(found)) return found
    throw wrongKind(name, 'have no keys: it is read and written by store.whole()')
  }

  /** Throws `usage` for a name that there is not, or for one whose records bear keys. */
  keyless(name: string): Collection {
    const found = this.#find(name)
    if (isKeyless(found)) return found
    throw wrongKind(name, 'bear keys: they are read and written by store.collection()')
  }

  #find(name: string): Collection {
    const found = this.#collections.get(name)
    if (found !== undefined) return found
    throw new OutgrowError('usage', `The store has no collection "${name}".`, {
      place: name,
      next: `It has ${[...this.#collections.keys()].join(', ')}.`,
    })
  }
}

/** One side's transaction as a service uses it. */
export function transactionOn(tx: SideTransaction, names: Names, saw: (kind: Kind) => void): Transaction {
  return {
    collection: <T extends object>(name: string) => recordsOn(tx, names.keyed(name), saw) as unknown as Records<T>,
    whole: <T>(name: string) => wholeOn(tx, names.keyless(name), saw) as Whole<T>,
  }
}

/** Inserting looks for the key first, which both sides turn into a lock, or into another run, against a twin. */
export function recordsOn(tx: SideTransaction, collection: Collection, saw: (kind: Kind) => void): Records<JsonRecord> {
  const { name } = collection
  return {
    get: (id) => tx.get(name, keyOf(id)),
    find: (query = {}) => tx.find(name, query),
    count: (query = {}) => tx.count(name, query),
    insert: async (record) => {
      saw('insert')
      const own = copyRecord(record)
      const key = keyIn(collection, own)
      if ((await tx.get(name, key)) !== undefined) throw taken(name, key)
      await tx.put(name, key, own)
      return own
    },
    put: async (id, record) => {
      saw('put')
      const own = copyRecord(record)
      await tx.put(name, keyOf(id), own)
      return own
    },
    update: async (id, next) => {
      saw('update')
      const key = keyOf(id)
      const record = await tx.get(name, key)
      if (record === undefined) return undefined
      const own = copyRecord(next(record))
      await tx.put(name, key, own)
      return own
    },
    remove: async (id) => {
      saw('remove')
      const key = keyOf(id)
      const record = await tx.get(name, key)
      if (record !== undefined) await tx.remove(name, key)
      return record
    },
  }
}

function wholeOn(tx: SideTransaction, collection: Collection, saw: (kind: Kind) => void): Whole<Json> {
  return {
    get: async () => unwrapped(collection, await tx.get(collection.name, WHOLE)),
    set: (value) => {
      saw('set')
      return tx.put(collection.name, WHOLE, wholeRecord(collection, value))
    },
  }
}

export function unwrapped(collection: Collection, record: JsonRecord | undefined): Json | undefined {
  return record === undefined ? undefined : wholeValue(collection, record)
}

export function keyIn(collection: Collection, record: JsonRecord): Key {
  const key = keyOfRecord(collection, record)
  if (key !== undefined) return key
  throw new OutgrowError('usage', `A record for collection "${collection.name}" bears no key.`, {
    place: collection.name,
    next: collection.kind === 'keyed' ? 'Use put, which is given the key.' : 'Give the record its key.',
  })
}

export function taken(name: string, key: Key): OutgrowError {
  return new OutgrowError('conflict', `Collection "${name}" has a record with the key ${key} already.`, {
    place: `${name} ${key}`,
    next: 'Choose another key, or update the record.',
  })
}

function wrongKind(name: string, what: string): OutgrowError {
  return new OutgrowError('usage', `The records of collection "${name}" ${what}.`, { place: name })
}
