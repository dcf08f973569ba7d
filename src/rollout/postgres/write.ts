import { qualified, quoteIdent } from '../../postgres/ident.ts'
import type { Sql } from '../../postgres/sql.ts'
import { copyColumns } from '../../schema/copy-columns.ts'
import { ASIDE, POSITION } from '../../schema/plan.ts'
import type { PlacedTable } from '../../schema/tables.ts'
import type { PgCollection } from './collection.ts'
import type { Row, Rows } from './encode.ts'

/** What to do with a row whose key is there: replace all of it but its place, or fail with a unique violation. */
export type OnConflict = 'update' | 'fail'

/** Rows in one statement: a bound on the parameters' memory, not on their number. */
const MOST_ROWS = 5000

/**
 * Writes the rows of records whose keys (texts of the key column) are given, in the caller's transaction. A record that is
 * there keeps its place; a new one goes last. Its lists are replaced.
 */
export async function writeRecords(
  sql: Sql,
  collection: PgCollection,
  rows: Rows,
  keys: string[],
  onConflict: OnConflict,
): Promise<void> {
  const { root, tables, schema } = collection
  if (onConflict === 'update') await deleteLists(sql, collection, keys)
  await insertRows(sql, schema, root, rows.get(root) ?? [], onConflict)
  for (const placed of tables.slice(1)) await insertRows(sql, schema, placed, rows.get(placed) ?? [], 'fail')
}

/** Removes records by the texts of their keys; their lists go with them. Returns how many there were. */
export async function deleteRecords(sql: Sql, collection: PgCollection, keys: string[]): Promise<number> {
  const { from, key } = collection
  if (key === undefined) return (await sql.query(`delete from ${from}`)).rowCount ?? 0
  const { rowCount } = await sql.query(`delete from ${from} where ${matching(quoteIdent(key.name), key.type, keys)}`, [
    keys.length === 1 ? keys[0] : keys,
  ])
  return rowCount ?? 0
}

/** Replaces all records of a collection without keys by these rows, in their order. */
export async function replaceAll(sql: Sql, collection: PgCollection, rows: Rows, positions: string[]): Promise<void> {
  const { root, tables, schema } = collection
  await deleteRecords(sql, collection, [])
  const placedRows = (rows.get(root) ?? []).map((row, at) => [...row, positions[at] ?? null])
  await insertRows(sql, schema, root, placedRows, 'fail', [POSITION])
  for (const placed of tables.slice(1)) await insertRows(sql, schema, placed, rows.get(placed) ?? [], 'fail')
}

/** `column = key`, or `column = any(keys)`, as parameter `$1`; the key in its own type, so that the index serves. */
export function matching(column: string, type: string, keys: string[]): string {
  return keys.length === 1 ? `${column} = $1::${type}` : `${column} = any($1::${type}[])`
}

/** Lists inside lists go with theirs, by the foreign key. */
async function deleteLists(sql: Sql, { tables, root, schema, key }: PgCollection, keys: string[]): Promise<void> {
  for (const placed of tables.filter((one) => one.parent === root)) {
    const condition = matching(quoteIdent(placed.key[0]?.name ?? ''), key?.type ?? 'bigint', keys)
    const text = `delete from ${qualified(schema, placed.table.name)} where ${condition}`
    await sql.query(text, [keys.length === 1 ? keys[0] : keys])
  }
}

async function insertRows(
  sql: Sql,
  schema: string,
  placed: PlacedTable,
  rows: Row[],
  onConflict: OnConflict,
  more: string[] = [],
): Promise<void> {
  const columns = insertedColumns(placed, more)
  for (let from = 0; from < rows.length; from += MOST_ROWS) {
    const batch = rows.slice(from, from + MOST_ROWS)
    const text = insertSql(schema, placed, columns, batch.length, onConflict)
    const [only] = batch
    await sql.query(text, batch.length === 1 ? only : columns.map((_, at) => batch.map((row) => row[at] ?? null)))
  }
}

interface Typed {
  name: string
  type: string
}

/** In the order of an encoded row: a child's key, the planned columns, the aside. */
function insertedColumns(placed: PlacedTable, more: string[]): Typed[] {
  const types = new Map<string, string>([...placed.key, ...placed.table.columns].map(({ name, type }) => [name, type]))
  types.set(ASIDE, 'json').set(POSITION, 'bigint')
  const names = copyColumns(placed).names.filter((name) => name !== POSITION)
  return [...names, ...more].map((name) => ({ name, type: types.get(name) ?? 'text' }))
}

/** One row as typed parameters; several as one list of texts per column, each text read by its type's input function. */
function insertSql(
  schema: string,
  placed: PlacedTable,
  columns: Typed[],
  count: number,
  onConflict: OnConflict,
): string {
  const names = columns.map((column) => quoteIdent(column.name))
  const into = `insert into ${qualified(schema, placed.table.name)} (${names.join(', ')})`
  const values = columns.map(({ type }, at) => (count === 1 ? `$${at + 1}::${type}` : `r.c${at}::${type}`))
  const lists = columns.map((_, at) => `$${at + 1}::text[]`)
  const source =
    count === 1
      ? `values (${values.join(', ')})`
      : `select ${values.join(', ')} from unnest(${lists.join(', ')}) r (${columns.map((_, at) => `c${at}`).join(', ')})`
  if (onConflict === 'fail') return `${into} ${source}`
  const set = names
    .filter((_, at) => columns[at]?.name !== placed.table.key[0])
    .map((name) => `${name} = excluded.${name}`)
  return `${into} ${source} on conflict (${quoteIdent(placed.table.key[0] ?? '')}) do update set ${set.join(', ')}`
}
