import { countOf } from '../../postgres/batch.ts'
import type { BatchSql } from '../../postgres/sql.ts'
import { SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'
import { copyRecord } from '../json-value.ts'
import type { JsonRecord, Key, Side, SideTransaction, WriteAct } from '../side.ts'
import type { FindCollection, PgCollection } from './collection.ts'
import { constraintOf } from './error.ts'
import { assertBears, readRow, removalOf, rowsOf, writesOf } from './records.ts'
import { declare } from './session.ts'
import { isTransient } from './transaction.ts'
import { updateStatement } from './write.ts'

/** Every act on a single record, which a side may have. */
export type Singles = Required<Pick<Side, 'insert' | 'update' | 'delete'>>

/**
 * Single records by one or two messages. What these cannot do (a collection without keys, records with lists, an idempotency
 * key to be remembered, another writer in the way) goes through `transaction`.
 */
export function singlesOf(sql: BatchSql, collection: FindCollection, transaction: Side['transaction']): Singles {
  const direct = (name: string, act: WriteAct, lists: boolean): PgCollection | undefined => {
    const found = collection(name)
    if (act.idempotencyKey !== undefined || found.kind === 'values' || found.key === undefined) return undefined
    return lists || found.tables.length === 1 ? found : undefined
  }
  return {
    insert: async (act, name, record, key) => {
      const found = direct(name, act, true)
      const done = found && (await unlessInTheWay(insertOne(sql, found, act, record, key)))
      return done ?? transaction(act, (tx) => insertIn(tx, name, record, key))
    },
    update: async (act, name, key, next) => {
      const found = direct(name, act, false)
      const done = found && (await unlessInTheWay(updateOne(sql, found, act, key, next)))
      return done === undefined ? transaction(act, (tx) => updateIn(tx, name, key, next)) : done.record
    },
    delete: async (act, name, key) => {
      const found = direct(name, act, false)
      const done = found && (await unlessInTheWay(removeOne(sql, found, act, key)))
      return done === undefined ? transaction(act, (tx) => removeIn(tx, name, key)) : done.record
    },
  }
}

/** Undefined when the act met another writer, and left nothing. */
async function unlessInTheWay<T>(done: Promise<T>): Promise<T | undefined> {
  try {
    return await done
  } catch (error) {
    if (isTransient(error)) return undefined
    throw error
  }
}

async function insertIn(tx: SideTransaction, name: string, record: JsonRecord, key: Key): Promise<boolean> {
  if ((await tx.get(name, key)) !== undefined) return false
  await tx.put(name, key, record)
  return true
}

async function updateIn(
  tx: SideTransaction,
  name: string,
  key: Key,
  next: (record: JsonRecord) => JsonRecord,
): Promise<JsonRecord | undefined> {
  const known = await tx.get(name, key)
  if (known === undefined) return undefined
  const own = copyRecord(next(known))
  await tx.put(name, key, own)
  return own
}

async function removeIn(tx: SideTransaction, name: string, key: Key): Promise<JsonRecord | undefined> {
  const known = await tx.get(name, key)
  if (known !== undefined) await tx.remove(name, key)
  return known
}

/** What became of a record; `record` is undefined when there is none. */
interface Done {
  record: JsonRecord | undefined
}

/**
 * Inserts one record by one message, which is a transaction of its own; false, and nothing done, when its key is taken. Throws
 * as a transaction would.
 */
async function insertOne(
  sql: BatchSql,
  collection: PgCollection,
  act: WriteAct,
  record: JsonRecord,
  key: Key,
): Promise<boolean> {
  const own = copyRecord(record)
  assertBears(collection, key, own)
  const statements = writesOf(collection, [{ key, json: JSON.stringify(own) }], 'new')
  try {
    await sql.batch([...declare(act), ...statements])
    return true
  } catch (error) {
    const isTaken = sqlState(error) === SQLSTATE.unique_violation && constraintOf(error) === collection.primaryKey
    if (isTaken) return false
    throw error
  }
}

/**
 * Replaces one record that has no lists, without a lock: by reading it, and by writing it only if it is still that version.
 * Undefined when another writer was faster, and nothing was done.
 */
async function updateOne(
  sql: BatchSql,
  collection: PgCollection,
  act: WriteAct,
  key: Key,
  next: (record: JsonRecord) => JsonRecord,
): Promise<Done | undefined> {
  const declared = declare(act)
  const row = await readRow(sql, collection, key, false)
  if (row === undefined) return { record: undefined }
  const own = copyRecord(next(collection.decoder.record(row)))
  assertBears(collection, key, own)
  const [fields] = rowsOf(collection, [{ key, json: JSON.stringify(own) }]).get(collection.root) ?? []
  if (fields === undefined) return undefined
  const updated = (await sql.batch([...declared, updateStatement(collection, fields, row.at(-1) as string)])).at(-1)
  return updated !== undefined && countOf(updated) === 1 ? { record: own } : undefined
}

/** Removes one record that has no lists by one message; returns it as it was, undefined when there was none. */
async function removeOne(sql: BatchSql, collection: PgCollection, act: WriteAct, key: Key): Promise<Done> {
  const declared = declare(act)
  const removal = removalOf(collection, [key])
  if (removal === undefined) return { record: undefined }
  const text = `${removal.text} returning ${collection.recordColumns}`
  const removed = await sql.batch([...declared, { ...removal, text }])
  const row = removed.at(-1)?.rows[0]
  return { record: row && collection.decoder.record(row) }
}
