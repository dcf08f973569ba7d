import { readField } from '../../codec/copy-text.ts'
import { decoderOf } from '../../codec/decode-value.ts'
import { encoderOf } from '../../codec/encode-value.ts'
import { valuesRowName } from '../../codec/values.ts'
import { OutgrowError } from '../../errors.ts'
import { Bytes } from '../../jsonstore/bytes.ts'
import { KeyTable } from '../../jsonstore/keys.ts'
import { NULL, Tape } from '../../jsonstore/tape.ts'
import { qualified, quoteIdent } from '../../postgres/ident.ts'
import type { BatchSql, Sql, Statement } from '../../postgres/sql.ts'
import { type Column, POSITION, VALUES_TABLE } from '../../schema/plan.ts'
import { keyOfRecord, keyValue, WHOLE } from '../key.ts'
import type { JsonRecord, Key } from '../side.ts'
import type { PgCollection, PgValue } from './collection.ts'
import type { RecordRow } from './decode.ts'
import type { Rows } from './encode.ts'
import { deleteStatement, type Expected, matching, replaceStatements, writeStatements } from './write.ts'

/** A record to be written, as JSON text, which alone is exact. */
export interface Written {
  key: Key
  json: string
}

/** Reads one record's row, its version (`xmin`) last; undefined when there is none. `lock` keeps other writers off it until the transaction ends. */
export async function readRow(
  sql: BatchSql,
  collection: PgCollection,
  key: Key,
  lock: boolean,
): Promise<RecordRow | undefined> {
  const text = keyText(collection, key)
  if (text === undefined) return undefined
  const answers = await sql.batch(readStatements(collection, text, lock))
  return answers.at(-1)?.rows[0]
}

function readStatements(collection: PgCollection, key: string, lock: boolean): Statement[] {
  const { from, recordColumns, key: column } = collection
  const where = matching(`t.${quoteIdent(column?.name ?? POSITION)}`, column?.type ?? 'bigint', [key])
  const select = `select ${recordColumns}, t.xmin from ${from} t where ${where}`
  if (!lock) return [{ text: select, values: [key] }]
  if (collection.tables.length === 1) return [{ text: `${select} for update of t`, values: [key] }]
  // Lists are read under a snapshot taken after the lock was got; else they could be older than the record's own row.
  const lockFirst = `select from ${from} t where ${where} for update`
  return [lockFirst, select].map((text) => ({ text, values: [key] }))
}

/** Reads the rows of many records by key, in one statement; those that are not there are left out. */
export async function readRows(
  sql: BatchSql,
  collection: PgCollection,
  keys: readonly Key[],
): Promise<Map<Key, RecordRow>> {
  const { key: column, from, recordColumns, keyField } = collection
  const texts = keys.flatMap((key) => keyText(collection, key) ?? [])
  if (column === undefined || texts.length === 0) return new Map()
  const text = `select ${recordColumns} from ${from} t where t.${quoteIdent(column.name)} = any($1::${column.type}[])`
  const [found] = await sql.batch([{ text, values: [texts] }])
  return new Map((found?.rows ?? []).map((row) => [keyOfText(column, row[keyField] as string), row]))
}

/**
 * The statements that make the records be as given, at most one for each key. Throws `refused`, with collection and key as
 * place, for a record that the plan cannot take.
 */
export function writesOf(collection: PgCollection, records: readonly Written[], expected: Expected): Statement[] {
  if (records.length === 0) return []
  const keys = records.map(({ key }) => keyText(collection, key) as string)
  return writeStatements(collection, rowsOf(collection, records), keys, expected)
}

/** The rows of records; throws as writesOf. */
export function rowsOf(collection: PgCollection, records: readonly Written[]): Rows {
  const rows: Rows = new Map()
  for (const { key, json } of records) {
    const name = collection.kind === 'keyed' ? String(keyValue(key)) : undefined
    refuseUnfit(collection, key, collection.encoder.add(json, rows, { name }))
  }
  return rows
}

/** The statement that removes records; undefined when none of the keys can be there. */
export function removalOf(collection: PgCollection, keys: readonly Key[]): Statement | undefined {
  const texts = keys.flatMap((key) => keyText(collection, key) ?? [])
  return texts.length === 0 ? undefined : deleteStatement(collection, texts)
}

/** Replaces a collection without keys by the records given, in their order. */
export async function writeWhole(sql: BatchSql, collection: PgCollection, records: readonly string[]): Promise<void> {
  const positions = await nextPlaces(sql, collection.from, records.length)
  const rows: Rows = new Map()
  for (const [at, json] of records.entries())
    refuseUnfit(collection, `${at}`, collection.encoder.add(json, rows, { position: Number(positions[at]) }))
  await sql.batch(replaceStatements(collection, rows, positions))
}

/** Places after all others, from the sequence, so that what is put later comes after them. */
export async function nextPlaces(sql: Sql, from: string, count: number): Promise<string[]> {
  if (count === 0) return []
  const { rows } = await sql.query<{ position: string }>(
    `select nextval(pg_get_serial_sequence($1::text, '${POSITION}')) as position from generate_series(1, $2::int)`,
    [from, count],
  )
  return rows.map((row) => row.position)
}

/** The JSON text of a `values` collection; undefined when its row is missing. */
export async function readValue(sql: Sql, { schema, name }: PgValue): Promise<string | undefined> {
  const { rows } = await sql.query<{ value: string }>(
    `select value::text as value from ${qualified(schema, VALUES_TABLE)} where name = $1::text`,
    [valuesRowName(name)],
  )
  return rows[0]?.value
}

export async function writeValue(sql: Sql, { schema, name }: PgValue, json: string): Promise<void> {
  await sql.query(
    `insert into ${qualified(schema, VALUES_TABLE)} (name, value) values ($1::text, $2::json)
     on conflict (name) do update set value = excluded.value`,
    [valuesRowName(name), json],
  )
}

export async function removeValue(sql: Sql, { schema, name }: PgValue): Promise<boolean> {
  const { rowCount } = await sql.query(`delete from ${qualified(schema, VALUES_TABLE)} where name = $1::text`, [
    valuesRowName(name),
  ])
  return rowCount === 1
}

/** Throws `usage` when the record does not bear the key under which it is to be stored. */
export function assertBears(collection: PgCollection, key: Key, record: JsonRecord): void {
  const value = keyValue(key)
  const name = collection.kind === 'keyed' && typeof value === 'string' ? value : undefined
  if (keyOfRecord(collection.definition, record, name) === key) return
  throw new OutgrowError('usage', `The record of collection "${collection.name}" does not bear the key ${key}.`, {
    place: `${collection.name} ${key}`,
    next: 'Store it under its own key.',
  })
}

const tape = new Tape(new KeyTable())
const copy = new Bytes(64)
const plain = new Bytes(64)

/** The text of a key as its column takes it; undefined when no row can have this key. */
export function keyText(collection: PgCollection, key: Key): string | undefined {
  if (collection.key === undefined || key === WHOLE) return undefined
  const json = Buffer.from(key)
  tape.read(json, 0, json.length, 0, true)
  copy.clear()
  if (tape.kind(0) === NULL || !encoderOf(collection.key)(tape, 0, copy)) return undefined
  plain.clear()
  readField(copy.data, 0, copy.length, plain)
  return plain.data.toString('utf8', 0, plain.length)
}

/** The key that a text of the key column spells: the inverse of `keyText`. */
export function keyOfText(column: Column, text: string): Key {
  const field = Buffer.from(
    text.replace(/[\\\t\n\r]/g, (one) => `\\${{ '\t': 't', '\n': 'n', '\r': 'r' }[one] ?? one}`),
  )
  copy.clear()
  decoderOf(column)(field, 0, field.length, copy)
  return JSON.stringify(JSON.parse(copy.data.toString('utf8', 0, copy.length)))
}

function refuseUnfit(collection: PgCollection, key: Key, unfit: { column: string; reason: string } | undefined): void {
  if (unfit === undefined) return
  const place = `${collection.name} ${key}`
  throw new OutgrowError(
    'refused',
    `The plan cannot take record ${key} of "${collection.name}": ${unfit.column}: ${unfit.reason}.`,
    {
      place,
      next: 'Widen the plan, or mend the record.',
    },
  )
}
