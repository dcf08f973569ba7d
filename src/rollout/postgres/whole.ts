import { valuesRowName } from '../../codec/values.ts'
import { OutgrowError } from '../../errors.ts'
import { countOf } from '../../postgres/batch.ts'
import { qualified } from '../../postgres/ident.ts'
import type { BatchSql } from '../../postgres/sql.ts'
import { VALUES_TABLE } from '../../schema/plan.ts'
import { WHOLE } from '../key.ts'
import type { Json, JsonRecord, Key } from '../side.ts'
import type { PgCollection, PgValue } from './collection.ts'
import { findRecords } from './find.ts'
import { readValue, removeValue, writeValue, writeWhole } from './records.ts'
import { deleteStatement } from './write.ts'

/** A collection whose records have no key: a list and a value stand as `{ value }`, a singleton as itself. */
export type WholeCollection = PgValue | PgCollection

export async function readWhole(sql: BatchSql, collection: WholeCollection): Promise<JsonRecord | undefined> {
  if (collection.kind === 'values') {
    const json = await readValue(sql, collection)
    return json === undefined ? undefined : { value: JSON.parse(json) as Json }
  }
  const records = await findRecords(sql, collection, {})
  return collection.kind === 'singleton' ? records[0] : { value: records }
}

/** Throws `usage` for what is not the whole of such a collection. */
export function assertWhole(collection: WholeCollection, key: Key, record: JsonRecord): void {
  const isWhole = key === WHOLE && (collection.kind === 'singleton' || isList(collection, record))
  if (isWhole) return
  throw new OutgrowError('usage', `The collection "${collection.name}" is written whole, and this is no such whole.`, {
    place: `${collection.name} ${key}`,
    next: `Write it under the key ${WHOLE}: a list or a value as { value }.`,
  })
}

export async function putWhole(sql: BatchSql, collection: WholeCollection, record: JsonRecord): Promise<void> {
  if (collection.kind === 'values') await writeValue(sql, collection, JSON.stringify(record.value))
  else if (collection.kind === 'singleton') await writeWhole(sql, collection, [JSON.stringify(record)])
  else {
    const records = record.value as Json[]
    await writeWhole(
      sql,
      collection,
      records.map((one) => JSON.stringify(one)),
    )
  }
}

export async function removeWhole(sql: BatchSql, collection: WholeCollection): Promise<boolean> {
  if (collection.kind === 'values') return removeValue(sql, collection)
  const [removed] = await sql.batch([deleteStatement(collection, [])])
  return removed !== undefined && countOf(removed) > 0
}

/** Keeps other writers off the whole until the transaction ends, whether it is there or not. */
export async function lockWhole(sql: BatchSql, collection: WholeCollection): Promise<void> {
  if (collection.kind === 'values') return lockValue(sql, collection)
  await sql.query(`lock table ${collection.from} in share row exclusive mode`)
}

/** The row against writers past outgrow, and its name against our own while it is not there: other values stay free. */
async function lockValue(sql: BatchSql, { schema, name }: PgValue): Promise<void> {
  const row = valuesRowName(name)
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [`outgrow: ${schema} ${row}`])
  await sql.query(`select from ${qualified(schema, VALUES_TABLE)} where name = $1::text for update`, [row])
}

function isList({ kind }: WholeCollection, record: JsonRecord): boolean {
  const isOnly = Object.keys(record).length === 1 && record.value !== undefined
  return isOnly && (kind === 'values' || Array.isArray(record.value))
}
