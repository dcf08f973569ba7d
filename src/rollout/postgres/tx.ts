import type { Sql } from '../../postgres/sql.ts'
import { SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'
import { copyRecord } from '../json-value.ts'
import { WHOLE } from '../key.ts'
import type { JsonRecord, Key, Reader, SideTransaction } from '../side.ts'
import { arrangeRecords } from './arrange.ts'
import type { FindCollection, PgCollection } from './collection.ts'
import { constraintOf } from './error.ts'
import { assertBears, readRecord, removeAll, writeAll } from './records.ts'
import { RunAgain } from './transaction.ts'
import { assertWhole, lockWhole, putWhole, readWhole, removeWhole } from './whole.ts'

/**
 * What may be done inside one transaction. A record that was read is locked until its end. One that was read and was not
 * there cannot be locked: when another transaction has put it meanwhile, this one is run again.
 */
export function openTransaction(sql: Sql, collection: FindCollection, reader: Reader): SideTransaction {
  const absent = new Set<string>()
  const placeOf = (name: string, key: Key): string => JSON.stringify([name, key])
  return {
    find: reader.find,
    count: reader.count,
    get: async (name, key) => {
      const found = collection(name)
      if (found.kind === 'values' || found.key === undefined) {
        if (key !== WHOLE) return undefined
        await lockWhole(sql, found)
        return readWhole(sql, found)
      }
      const json = await readRecord(sql, found, key, true)
      if (json !== undefined) return JSON.parse(json) as JsonRecord
      absent.add(placeOf(name, key))
      return undefined
    },
    put: async (name, key, record) => {
      const found = collection(name)
      const own = copyRecord(record)
      if (found.kind === 'values' || found.key === undefined) {
        assertWhole(found, key, own)
        await lockWhole(sql, found)
        return putWhole(sql, found, own)
      }
      assertBears(found, key, own)
      const isNew = absent.delete(placeOf(name, key))
      const written = [{ key, json: JSON.stringify(own) }]
      await (isNew ? insertNew(sql, found, written) : writeAll(sql, found, written, 'update'))
    },
    remove: async (name, key) => {
      const found = collection(name)
      if (found.kind !== 'values' && found.key !== undefined) return (await removeAll(sql, found, [key])) > 0
      if (key !== WHOLE) return false
      await lockWhole(sql, found)
      return removeWhole(sql, found)
    },
    arrange: async (name, keys) => {
      const found = collection(name)
      if (found.kind === 'list') await arrangeRecords(sql, found, keys)
    },
  }
}

async function insertNew(sql: Sql, collection: PgCollection, written: { key: Key; json: string }[]): Promise<void> {
  try {
    await writeAll(sql, collection, written, 'fail')
  } catch (error) {
    if (sqlState(error) === SQLSTATE.unique_violation && constraintOf(error) === collection.primaryKey)
      throw new RunAgain('the key is there by now', { cause: error })
    throw error
  }
}
