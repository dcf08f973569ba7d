import type { Collection as Definition } from '../../schema/plan.ts'
import { copyRecord } from '../json-value.ts'
import { keyOf } from '../key.ts'
import type { JsonRecord } from '../side.ts'
import type { Collection, Store } from './api.ts'
import type { Parts } from './parts.ts'
import { keyIn, recordsOn, taken } from './records.ts'
import { writeSingle } from './writes.ts'

type SingleWrites = Pick<Collection<JsonRecord>, 'insert' | 'update' | 'remove'>

/**
 * What a service mostly does, one record at a time, in the cheapest way that the authority has. Under an idempotency key it
 * is a transaction like any other: both sides then keep the same answer, whichever does it first.
 */
export function singleWrites(parts: Parts, definition: Definition, transaction: Store['transaction']): SingleWrites {
  const { name } = definition
  const { traffic } = parts
  const silent = (): void => {}
  return {
    insert: async (record, options) => {
      if (options?.idempotencyKey !== undefined)
        return transaction((tx) => tx.collection<JsonRecord>(name).insert(record), options)
      traffic.saw('insert')
      const own = copyRecord(record)
      const key = keyIn(definition, own)
      const insert = async (inserted: Promise<boolean>): Promise<JsonRecord> => {
        if (!(await inserted)) throw taken(name, key)
        return own
      }
      return writeSingle(
        parts,
        { collection: name, key },
        (side, act) => side.insert && insert(side.insert(act, name, own, key)),
        (tx) => recordsOn(tx, definition, silent).insert(own),
      )
    },
    update: async (id, next, options) => {
      if (options?.idempotencyKey !== undefined)
        return transaction((tx) => tx.collection<JsonRecord>(name).update(id, next), options)
      traffic.saw('update')
      const key = keyOf(id)
      return writeSingle(
        parts,
        { collection: name, key },
        (side, act) => side.update?.(act, name, key, next),
        (tx) => recordsOn(tx, definition, silent).update(id, next),
      )
    },
    remove: async (id, options) => {
      if (options?.idempotencyKey !== undefined)
        return transaction((tx) => tx.collection<JsonRecord>(name).remove(id), options)
      traffic.saw('remove')
      const key = keyOf(id)
      return writeSingle(
        parts,
        { collection: name, key },
        (side, act) => side.delete?.(act, name, key),
        (tx) => recordsOn(tx, definition, silent).remove(id),
      )
    },
  }
}
