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
    const text = `select count(*) filter (where ${ASIDE} is null), count(*) filter (where ${ASIDE} is not null)
       from ${collection.from} t where ${ASIDE} is not null or (${pushed.where})`
    const [counted] = await sql.batch([{ text, values: pushed.values }])
    const [certain, odd] = counted?.rows[0] ?? []
    if (odd === '0') return Number(certain)
  }
  return countMatches(await candidates(sql, collection, pushed), query)
}

/**
 * The rows that SQL is sure of, ordered and cut, then all rows with an aside. When there is one of those, nothing is left
 * out at the front, since it may belong there. Rows are chosen first and made records of afterwards, which costs more.
 */
function ordered(collection: PgCollection, { where, values }: Pushed, order: string, { limit, offset = 0 }: Query) {
  const columns = `${collection.recordColumns}, ${place(collection)}`
  const anyOdd = 'exists (select from odd)'
  const bound = [...values, limit === undefined ? null : limit, offset]
  const [most, from] = [`$${bound.length - 1}::bigint`, `$${bound.length}::bigint`]
  const text = `
    with odd as materialized (select t.* from ${collection.from} t where t.${ASIDE} is not null),
    sure as not materialized (
      select t.* from ${collection.from} t where t.${ASIDE} is null and ${where} order by ${order}
        limit case when ${anyOdd} then ${most} + ${from} else ${most} end
        offset case when ${anyOdd} then 0 else ${from} end
    )
    select ${columns}, false from sure t
    union all (select ${columns}, true from odd t order by ${place(collection)})`
  return { text, values: bound }
}

/** Every record that the query may want, in the order of keys or places. */
async function candidates(sql: BatchSql, collection: PgCollection, { where, values }: Pushed): Promise<Entry[]> {
  const text = `select ${collection.recordColumns}, ${place(collection)}, null from ${collection.from} t
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

/** What stands behind a record's own columns: its place, where that is its key. */
function place({ key }: PgCollection): string {
  return `t.${key === undefined ? POSITION : quoteIdent(key.name)}`
}
