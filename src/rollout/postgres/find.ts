import { quoteIdent } from '../../postgres/ident.ts'
import type { BatchSql } from '../../postgres/sql.ts'
import { ASIDE, POSITION } from '../../schema/plan.ts'
import { WHOLE } from '../key.ts'
import { countMatches, type Entry, runQuery } from '../query/run.ts'
import type { JsonRecord, Query } from '../side.ts'
import type { PgCollection } from './collection.ts'
import type { RecordRow } from './decode.ts'
import { compileQuery, type Pushed } from './query.ts'
import { keyOfText } from './records.ts'

/**
 * Answers a query from one snapshot. SQL filters, orders and cuts the rows without an aside; when rows with one exist, or
 * the query asks what SQL cannot say exactly, the candidates are judged in memory by `runQuery` itself.
 */
export async function findRecords(sql: BatchSql, collection: PgCollection, query: Query): Promise<JsonRecord[]> {
  const pushed = compileQuery(collection, query)
  const { isWhole, order } = pushed
  if (!isWhole || order === undefined) return runQuery(await candidates(sql, collection, pushed), query)
  const [found] = await sql.batch([ordered(collection, pushed, order, query)])
  const rows = found?.rows ?? []
  if (rows.some((row) => row.at(-1) === 't')) return runQuery(entriesOf(collection, rows), query)
  return rows.map((row) => collection.decoder.record(row))
}

/** How many records `findRecords` would find without limit and offset. */
export async function countRecords(
  sql: BatchSql,
  collection: PgCollection,
  query: Pick<Query, 'where' | 'search'>,
): Promise<number> {
  const pushed = compileQuery(collection, query)
  if (pushed.isWhole) {
    const { from } = collection
    const text = `select case when not exists (select from ${from} t where t.${ASIDE} is not null)
       then (select count(*) from ${from} t where ${pushed.where}) end`
    const [counted] = await sql.batch([{ text, values: pushed.values }])
    const count = counted?.rows[0]?.[0] ?? null
    if (count !== null) return Number(count)
  }
  return countMatches(await candidates(sql, collection, pushed), query)
}

/**
 * Without rows that have an aside, the page itself. With some, the rows that SQL is sure of, ordered and cut, then all rows
 * with an aside; nothing is then left out at the front, since one of those may belong there. Rows are chosen first, as the
 * table has them, and made records of afterwards: to look at their asides, or to put fewer columns together, costs more.
 */
function ordered(collection: PgCollection, { where, values }: Pushed, order: string, { limit, offset = 0 }: Query) {
  const { from: table, recordColumns } = collection
  const columns = `${recordColumns}, ${position(collection)}`
  const bound = [...values, limit === undefined ? null : limit, offset]
  const [most, from] = [`$${bound.length - 1}::bigint`, `$${bound.length}::bigint`]
  const text = `
    with odd as materialized (select t.* from ${table} t where t.${ASIDE} is not null)
    select ${columns}, false from (
      select t.* from ${table} t where ${where} order by ${order} limit ${most} offset ${from}
    ) t where not exists (select from odd)
    union all select ${columns}, false from (
      select t.* from ${table} t where t.${ASIDE} is null and ${where} order by ${order} limit ${most} + ${from}
    ) t where exists (select from odd)
    union all (select ${columns}, true from odd t order by ${place(collection)})`
  return { text, values: bound }
}

/** Every record that the query may want, in the order of keys or places. */
async function candidates(sql: BatchSql, collection: PgCollection, { where, values }: Pushed): Promise<Entry[]> {
  const text = `select ${collection.recordColumns}, ${position(collection)}, null from ${collection.from} t
      where t.${ASIDE} is not null or (${where}) order by ${place(collection)}`
  const [found] = await sql.batch([{ text, values }])
  return entriesOf(collection, found?.rows ?? [])
}

function entriesOf(collection: PgCollection, rows: RecordRow[]): Entry[] {
  const { key, keyField, decoder } = collection
  const inOrder = key === undefined ? rows.toSorted((a, b) => Number(a.at(-2)) - Number(b.at(-2))) : rows
  return inOrder.map((row) => ({
    key: key === undefined ? WHOLE : keyOfText(key, row[keyField] as string),
    record: decoder.record(row),
  }))
}

/** The order of records in the table: of their keys, or of their places where they have none. */
function place({ key }: PgCollection): string {
  return `t.${key === undefined ? POSITION : quoteIdent(key.name)}`
}

/** Its place stands behind a record's own columns, unless the plan lets it be dropped. */
function position({ root }: PgCollection): string {
  return root.table.ordered === false ? 'null' : `t.${POSITION}`
}
