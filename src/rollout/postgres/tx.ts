import { countOf } from '../../postgres/batch.ts'
import { SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'
import { copyRecord } from '../json-value.ts'
import { WHOLE } from '../key.ts'
import type { Key, Reader, SideTransaction } from '../side.ts'
import { arrangeRecords } from './arrange.ts'
import type { FindCollection, PgCollection } from './collection.ts'
import { constraintOf } from './error.ts'
import { assertBears, readRow, removalOf, writesOf } from './records.ts'
import type { Tell, WriteSql } from './session.ts'
import { RunAgain } from './transaction.ts'
import { assertWhole, lockWhole, putWhole, readWhole, removeWhole } from './whole.ts'

/**
 * What may be done inside one transaction. A record that was read is locked until its end. One that was read and was not
 * there cannot be locked: when another transaction has put it meanwhile, this one is run again. What is put is sent with the
 * next question, or with the end, so that what PostgreSQL refuses may come out there.
 */
export function openTransaction(sql: WriteSql, collection: FindCollection, reader: Reader): SideTransaction {
  const known = new Map<string, 'new' | 'there'>()
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
      const row = await readRow(sql, found, key, true)
      known.set(placeOf(name, key), row === undefined ? 'new' : 'there')
      return row && found.decoder.record(row)
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
      const expected = known.get(placeOf(name, key)) ?? 'either'
      const statements = writesOf(found, [{ key, json: JSON.stringify(own) }], expected)
      sql.later(statements, expected === 'new' ? ifTaken(found) : undefined)
      known.set(placeOf(name, key), 'there')
    },
    remove: async (name, key) => {
      const found = collection(name)
      if (found.kind !== 'values' && found.key !== undefined) {
        known.delete(placeOf(name, key))
        const [removed] = await sql.batch([removalOf(found, [key]) ?? []].flat())
        return removed !== undefined && countOf(removed) > 0
      }
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

/** The record was not there when it was read: what was made of that must be made anew. */
function ifTaken({ primaryKey }: PgCollection): Tell {
  return (error) => {
    const isTaken = sqlState(error) === SQLSTATE.unique_violation && constraintOf(error) === primaryKey
    return isTaken ? new RunAgain('the key is there by now', { cause: error }) : error
  }
}
