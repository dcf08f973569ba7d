import { quoteIdent } from '../../postgres/ident.ts'
import type { Sql } from '../../postgres/sql.ts'
import { ASIDE, POSITION } from '../../schema/plan.ts'
import { WHOLE } from '../key.ts'
import { countMatches, type Entry, runQuery } from '../query/run.ts'
import type { JsonRecord, Query } from '../side.ts'
import type { PgCollection } from './collection.ts'
import type { RecordRow } from './decode.ts'
import { compileQuery, type Pushed } from './query.ts'
import { keyOfText } from './records.ts'

interface Found extends RecordRow {
  key: string
  odd: boolean
}

/**
 * Answers a query from one snapshot. SQL filters, orders and cuts the rows without an aside; when rows with one exist, or
 * the query asks what SQL cannot say exactly, the candidates are judged in memory by `runQuery` itself.
 */
export async function findRecords(sql: Sql, collection: PgCollection, query: Query): Promise<JsonRecord[]> {
  const pushed = compileQuery(collection, query)
  const { isWhole, order } = pushed
  if (!isWhole || order === undefined) return runQuery(await candidates(sql, collection, pushed), query)
  const { text, values } = orderedSql(collection, pushed, order, query)
  const { rows } = await sql.query<Found>(text, values)
  if (!rows.some((row) => row.odd)) return rows.map((row) => recordOf(collection, row))
  return runQuery(entriesOf(collection, rows), query)
}

/** How many records `findRecords` would find without limit and offset. */
export async function countRecords(
  sql: Sql,
  collection: PgCollection,
  query: Pick<Query, 'where' | 'search'>,
): Promise<number> {
  const pushed = compileQuery(collection, query)
  if (pushed.isWhole) {
    const { rows } = await sql.query<{ certain: string; odd: string }>(
      `select count(*) filter (where ${ASIDE} is null) as certain, count(*) filter (where ${ASIDE} is not null) as odd
         from ${collection.from} t where ${ASIDE} is not null or (${pushed.where})`,
      pushed.values,
    )
    if (rows[0]?.odd === '0') return Number(rows[0].certain)
  }
  return countMatches(await candidates(sql, collection, pushed), query)
}

/**
 * The rows that SQL is sure of, ordered and cut, then all rows with an aside. When there is one of those, nothing is left
 * out at the front, since it may belong there.
 */
function orderedSql(
  collection: PgCollection,
  { where, values }: Pushed,
  order: string,
  { limit, offset = 0 }: Query,
): { text: string; values: unknown[] } {
  const columns = `${collection.recordColumns}, ${keyColumn(collection)} as key`
  const anyOdd = 'exists (select from odd)'
  const bound = [...values, limit === undefined ? null : limit, offset]
  const [most, from] = [`$${bound.length - 1}::bigint`, `$${bound.length}::bigint`]
  const text = `
    with odd as materialized (
      select ${columns}, true as odd from ${collection.from} t where t.${ASIDE} is not null order by ${keySort(collection)}
    )
    (select ${columns}, false as odd from ${collection.from} t where t.${ASIDE} is null and ${where} order by ${order}
      limit case when ${anyOdd} then ${most} + ${from} else ${most} end
      offset case when ${anyOdd} then 0 else ${from} end)
    union all select * from odd`
  return { text, values: bound }
}

/** Every record that the query may want, in the order of keys or places. */
async function candidates(sql: Sql, collection: PgCollection, { where, values }: Pushed): Promise<Entry[]> {
  const { rows } = await sql.query<Found>(
    `select ${collection.recordColumns}, ${keyColumn(collection)} as key from ${collection.from} t
      where t.${ASIDE} is not null or (${where}) order by ${keySort(collection)}`,
    values,
  )
  return entriesOf(collection, rows)
}

function entriesOf(collection: PgCollection, rows: Found[]): Entry[] {
  const { key } = collection
  const inOrder = key === undefined ? rows.toSorted((a, b) => Number(a.key) - Number(b.key)) : rows
  return inOrder.map((row) => ({
    key: key === undefined ? WHOLE : keyOfText(key, row.key),
    record: recordOf(collection, row),
  }))
}

function recordOf({ decoder }: PgCollection, row: RecordRow): JsonRecord {
  return JSON.parse(decoder.json(row)) as JsonRecord
}

function keyColumn({ key }: PgCollection): string {
  return `t.${key === undefined ? POSITION : quoteIdent(key.name)}::text`
}

function keySort({ key }: PgCollection): string {
  return `t.${key === undefined ? POSITION : quoteIdent(key.name)}`
}
