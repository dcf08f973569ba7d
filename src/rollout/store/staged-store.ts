import { keyOf, WHOLE } from '../key.ts'
import type { JsonRecord } from '../side.ts'
import type { Collection, ReadOptions, Store, Transaction, Whole, WriteOptions } from './api.ts'
import type { Comparer } from './compare.ts'
import type { Parts } from './parts.ts'
import { counting, finding, getting, read } from './reads.ts'
import { transactionOn, unwrapped } from './records.ts'
import { singleWrites } from './single-writes.ts'
import { statusOf } from './status-of.ts'
import { write } from './writes.ts'

/** The face of the parts that a service sees. */
export function storeOn(parts: Parts, comparer: Comparer, close: () => Promise<void>): Store {
  const { names, traffic } = parts
  const transaction = <T>(fn: (tx: Transaction) => Promise<T>, options: WriteOptions = {}): Promise<T> =>
    write(parts, options, (tx) => fn(transactionOn(tx, names, (kind) => traffic.saw(kind))))

  const collection = (name: string): Collection<JsonRecord> => {
    const definition = names.keyed(name)
    return {
      get: async (id, options) => {
        traffic.saw('get')
        return read(parts, comparer, getting(name, keyOf(id)), options)
      },
      find: async (query = {}, options = {}) => {
        traffic.saw('find')
        return read(parts, comparer, finding(name, query), options)
      },
      count: async (query = {}, options = {}) => {
        traffic.saw('count')
        return read(parts, comparer, counting(name, query), options)
      },
      put: (id, record, options) => transaction((tx) => tx.collection<JsonRecord>(name).put(id, record), options),
      ...singleWrites(parts, definition, transaction),
    }
  }

  const whole = <T>(name: string): Whole<T> => {
    const definition = names.keyless(name)
    return {
      get: async (options?: ReadOptions) => {
        traffic.saw('get')
        return unwrapped(definition, await read(parts, comparer, getting(name, WHOLE), options)) as T | undefined
      },
      set: (value, options) => transaction((tx) => tx.whole<T>(name).set(value), options),
    }
  }

  return {
    name: parts.name,
    collection: <T extends object>(name: string) => collection(name) as unknown as Collection<T>,
    whole,
    transaction,
    status: () => statusOf(parts),
    close,
  }
}
