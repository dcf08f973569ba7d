import { OutgrowError } from '../../src/errors.ts'
import { keyOf, WHOLE } from '../../src/rollout/key.ts'
import type { JsonRecord, Side, SideTransaction, WriteAct } from '../../src/rollout/side.ts'
import type { Records, Store, Transaction, Whole, WriteOptions } from '../../src/rollout/store/api.ts'
import { DEFAULT_STATUS } from './status.ts'

/** What an act answers once under its key; a side that remembers by itself needs none. */
export type Once = <T>(options: WriteOptions | undefined, act: () => Promise<T>) => Promise<T>

/** One side alone as a store, as the staged store shows it in a stage without a mirror. */
export function sideStore(side: Side, epoch: number, once: Once = (_, act) => act()): Store {
  const transaction = <T>(fn: (tx: SideTransaction) => Promise<T>, options?: WriteOptions): Promise<T> => {
    const { idempotencyKey, request } = options ?? {}
    const act: WriteAct = {
      epoch,
      as: 'authority',
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(request !== undefined && { requestHash: request }),
    }
    return once(options, () => side.transaction(act, fn))
  }
  const store: Store = {
    name: 'idea-bank',
    collection: <T extends object>(name: string) => ({
      get: async (id) => (await side.get(name, keyOf(id))) as T | undefined,
      find: async (query = {}) => (await side.find(name, query)) as T[],
      count: (query = {}) => side.count(name, query),
      insert: (record: T, options) => transaction((tx) => recordsOf<T>(tx, name).insert(record), options),
      put: (id, record: T, options) => transaction((tx) => recordsOf<T>(tx, name).put(id, record), options),
      update: (id, next: (record: T) => T, options) =>
        transaction((tx) => recordsOf<T>(tx, name).update(id, next), options),
      remove: (id, options) => transaction((tx) => recordsOf<T>(tx, name).remove(id), options),
    }),
    whole: <T>(name: string) => ({
      get: async () => (await side.get(name, WHOLE))?.value as T | undefined,
      set: (value: T, options) => transaction((tx) => wholeOf<T>(tx, name).set(value), options),
    }),
    transaction: (fn, options) => transaction((tx) => fn(transactionOf(tx)), options),
    status: async () => DEFAULT_STATUS,
    close: () => side.close(),
  }
  return store
}

function transactionOf(tx: SideTransaction): Transaction {
  return {
    collection: <T extends object>(name: string) => recordsOf<T>(tx, name),
    whole: <T>(name: string) => wholeOf<T>(tx, name),
  }
}

function recordsOf<T extends object>(tx: SideTransaction, name: string): Records<T> {
  return {
    get: async (id) => (await tx.get(name, keyOf(id))) as T | undefined,
    find: async (query = {}) => (await tx.find(name, query)) as T[],
    count: (query = {}) => tx.count(name, query),
    insert: async (record) => {
      const key = keyOf((record as JsonRecord).id)
      if ((await tx.get(name, key)) !== undefined) throw new OutgrowError('conflict', `The key ${key} is taken.`)
      await tx.put(name, key, record as JsonRecord)
      return record
    },
    put: async (id, record) => {
      await tx.put(name, keyOf(id), record as JsonRecord)
      return record
    },
    update: async (id, next) => {
      const record = (await tx.get(name, keyOf(id))) as T | undefined
      if (record === undefined) return undefined
      const changed = next(record)
      await tx.put(name, keyOf(id), changed as JsonRecord)
      return changed
    },
    remove: async (id) => {
      const record = (await tx.get(name, keyOf(id))) as T | undefined
      if (record !== undefined) await tx.remove(name, keyOf(id))
      return record
    },
  }
}

function wholeOf<T>(tx: SideTransaction, name: string): Whole<T> {
  return {
    get: async () => (await tx.get(name, WHOLE))?.value as T | undefined,
    set: (value) => tx.put(name, WHOLE, { value } as JsonRecord),
  }
}
