import { qualified, quoteIdent } from '../../postgres/ident.ts'
import type { Statement } from '../../postgres/sql.ts'
import { copyColumns } from '../../schema/copy-columns.ts'
import { ASIDE, POSITION } from '../../schema/plan.ts'
import type { PlacedTable } from '../../schema/tables.ts'
import type { PgCollection } from './collection.ts'
import type { Row, Rows } from './encode.ts'

/** Whether records are known to be new, known to be there, or either. A new one that is there is a unique violation. */
export type Expected = 'new' | 'there' | 'either'

/** Rows in one statement: a bound on the parameters' memory, not on their number. */
const MOST_ROWS = 5000

/**
 * The statements that write the rows of records whose keys (texts of the key column) are given. A record that is there keeps
 * its place; a new one goes last. Its lists are replaced. `there` is for one record.
 */
export function writeStatements(collection: PgCollection, rows: Rows, keys: string[], expected: Expected): Statement[] {
  const { root, tables, schema } = collection
  const own = rows.get(root) ?? []
  const [only] = own
  return [
    ...(expected === 'new' ? [] : deleteLists(collection, keys)),
    ...(expected === 'there' && only !== undefined
      ? [updateStatement(collection, only)]
      : insertRows(schema, root, own, expected)),
    ...tables.slice(1).flatMap((placed) => insertRows(schema, placed, rows.get(placed) ?? [], 'new')),
  ]
}

/** Removes records by the texts of their keys; their lists go with them. */
export function deleteStatement({ from, key }: PgCollection, keys: string[]): Statement {
  if (key === undefined) return { text: `delete from ${from}` }
  return {
    text: `delete from ${from} t where ${matching(`t.${quoteIdent(key.name)}`, key.type, keys)}`,
    values: [keys.length === 1 ? keys[0] : keys],
  }
}

/** Replaces all records of a collection without keys by these rows, in their order. */
export function replaceStatements(collection: PgCollection, rows: Rows, positions: string[]): Statement[] {
  const { root, tables, schema } = collection
  const placedRows = (rows.get(root) ?? []).map((row, at) => [...row, positions[at] ?? null])
  return [
    deleteStatement(collection, []),
    ...insertRows(schema, root, placedRows, 'new', [POSITION]),
    ...tables.slice(1).flatMap((placed) => insertRows(schema, placed, rows.get(placed) ?? [], 'new')),
  ]
}

/** `column = key`, or `column = any(keys)`, as parameter `$1`; the key in its own type, so that the index serves. */
export function matching(column: string, type: string, keys: readonly string[]): string {
  return keys.length === 1 ? `${column} = $1::${type}` : `${column} = any($1::${type}[])`
}

/** Writes the row of a record that is there; with `version`, only if it still is that one (its `xmin`). */
export function updateStatement({ root, from }: PgCollection, row: Row, version?: string): Statement {
  const text = textOf(root, `update ${version !== undefined}`, () => updateSql(root, from, version !== undefined))
  return { text, values: version === undefined ? row : [...row, version] }
}

function updateSql(root: PlacedTable, from: string, isVersioned: boolean): string {
  const columns = insertedColumns(root, [])
  const parameters = columns.map(({ name, type }, at) => `${quoteIdent(name)} = $${at + 1}::${type}`)
  const key = columns.findIndex((column) => column.name === root.table.key[0])
  const set = parameters.filter((_, at) => at !== key)
  const version = isVersioned ? ` and xmin = $${columns.length + 1}::xid` : ''
  return `update ${from} set ${set.join(', ')} where ${parameters[key]}${version}`
}

/** Texts by table and shape: to put one together costs more than to send it. */
const texts = new WeakMap<PlacedTable, Map<string, string>>()

function textOf(placed: PlacedTable, shape: string, make: () => string): string {
  const known = texts.get(placed) ?? new Map<string, string>()
  texts.set(placed, known)
  const text = known.get(shape) ?? make()
  known.set(shape, text)
  return text
}

/** Lists inside lists go with theirs, by the foreign key. */
function deleteLists({ tables, root, schema, key }: PgCollection, keys: string[]): Statement[] {
  return tables
    .filter((one) => one.parent === root)
    .map((placed) => {
      const condition = matching(quoteIdent(placed.key[0]?.name ?? ''), key?.type ?? 'bigint', keys)
      const text = `delete from ${qualified(schema, placed.table.name)} where ${condition}`
      return { text, values: [keys.length === 1 ? keys[0] : keys] }
    })
}

function insertRows(
  schema: string,
  placed: PlacedTable,
  rows: Row[],
  expected: Expected,
  more: string[] = [],
): Statement[] {
  const statements: Statement[] = []
  for (let from = 0; from < rows.length; from += MOST_ROWS) {
    const batch = rows.slice(from, from + MOST_ROWS)
    const shape = `insert ${batch.length === 1} ${expected} ${more}`
    const text = textOf(placed, shape, () =>
      insertSql(schema, placed, insertedColumns(placed, more), batch.length, expected),
    )
    const [only] = batch
    const lists = (): unknown[] => (only ?? []).map((_, at) => batch.map((row) => row[at] ?? null))
    statements.push({ text, values: batch.length === 1 && only !== undefined ? only : lists() })
  }
  return statements
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
function insertSql(schema: string, placed: PlacedTable, columns: Typed[], count: number, expected: Expected): string {
  const names = columns.map((column) => quoteIdent(column.name))
  const into = `insert into ${qualified(schema, placed.table.name)} (${names.join(', ')})`
  const values = columns.map(({ type }, at) => (count === 1 ? `$${at + 1}::${type}` : `r.c${at}::${type}`))
  const lists = columns.map((_, at) => `$${at + 1}::text[]`)
  const source =
    count === 1
      ? `values (${values.join(', ')})`
      : `select ${values.join(', ')} from unnest(${lists.join(', ')}) r (${columns.map((_, at) => `c${at}`).join(', ')})`
  if (expected === 'new') return `${into} ${source}`
  const set = names
    .filter((_, at) => columns[at]?.name !== placed.table.key[0])
    .map((name) => `${name} = excluded.${name}`)
  return `${into} ${source} on conflict (${quoteIdent(placed.table.key[0] ?? '')}) do update set ${set.join(', ')}`
}
