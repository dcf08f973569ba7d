import { qualified, quoteIdent } from '../../src/postgres/ident.ts'
import { copyColumns } from '../../src/schema/copy-columns.ts'
import { ASIDE, type Column, type ColumnType, type Plan, POSITION } from '../../src/schema/plan.ts'
import { formatPointer } from '../../src/schema/pointer.ts'
import { type PlacedTable, tablesOf } from '../../src/schema/tables.ts'
import type { Dice } from './stores.ts'

/** One change of what PostgreSQL holds: the statement, and where a comparison must report a difference. */
export interface Mutation {
  kind: 'value' | 'aside' | 'member' | 'delete' | 'insert' | 'exchange'
  what: string
  sql: string
  /** Pointers of the records that may be named: the one changed, or the two that were exchanged. */
  places: string[]
}

/** Two values of each type; whatever a field holds, one of them is another. */
const OTHERS: Record<ColumnType, [string, string]> = {
  boolean: ['true', 'false'],
  bigint: ['41', '42'],
  'double precision': ['0.5', '0.25'],
  numeric: ['0.5', '0.25'],
  uuid: [`'00000000-0000-0000-0000-000000000000'`, `'00000000-0000-0000-0000-000000000001'`],
  timestamptz: [`'2001-02-03T04:05:06Z'`, `'2001-02-03T04:05:07Z'`],
  date: [`'2001-02-03'`, `'2001-02-04'`],
  text: [`'changed'`, `'changed!'`],
  'text[]': [`array['changed']`, `array['changed', '']`],
  'bigint[]': ['array[41]::bigint[]', 'array[42]::bigint[]'],
  jsonb: [`'"changed"'`, `'["changed"]'`],
}

/** The rows of each table in the order in which they were written, and the plan that wrote them. */
export interface Loaded {
  plan: Plan
  rows: ReadonlyMap<string, readonly string[]>
}

/** A random change of one value or one row; undefined where there is nothing that could be changed. */
export function drawMutation(loaded: Loaded, dice: Dice): Mutation | undefined {
  const tables = tablesOf(loaded.plan).filter((placed) => (loaded.rows.get(placed.table.name)?.length ?? 0) > 0)
  if (tables.length === 0) return undefined
  const placed = dice.pick(tables)
  const draw = dice.pick([changeValue, changeValue, changeValue, dropAside, addMember, deleteRow, insertRow, exchange])
  return draw(loaded, placed, dice)
}

function changeValue(loaded: Loaded, placed: PlacedTable, dice: Dice): Mutation | undefined {
  const free = placed.table.columns.filter((column) => !placed.table.key.includes(column.name))
  if (free.length === 0) return undefined
  const column = dice.pick(free)
  const row = drawRow(loaded, placed, dice)
  const name = quoteIdent(column.name)
  const value = dice.once(3) ? `case when ${name} is null then ${firstValue(column)} end` : otherThan(column)
  return {
    kind: 'value',
    what: `${placed.table.name}.${column.name} of row ${row}`,
    sql: `update ${tableOf(loaded, placed)} set ${name} = ${value} where ${atRow(loaded, placed, row)}`,
    places: [placeOf(loaded, placed, row)],
  }
}

function firstValue({ type }: Column): string {
  return `${OTHERS[type][0]}::${type}`
}

function otherThan({ name, type }: Column): string {
  const [one, other] = OTHERS[type]
  const column = quoteIdent(name)
  return `case when ${column} is distinct from ${one}::${type} then ${one}::${type} else ${other}::${type} end`
}

function dropAside(loaded: Loaded, placed: PlacedTable): Mutation | undefined {
  const { aside } = copyColumns(placed)
  const row = loaded.rows.get(placed.table.name)?.findIndex((fields) => fields.split('\t')[aside] !== '\\N') ?? -1
  if (row < 0) return undefined
  return {
    kind: 'aside',
    what: `${placed.table.name}.${ASIDE} of row ${row} lost`,
    sql: `update ${tableOf(loaded, placed)} set ${ASIDE} = null where ${atRow(loaded, placed, row)}`,
    places: [placeOf(loaded, placed, row)],
  }
}

function addMember(loaded: Loaded, placed: PlacedTable, dice: Dice): Mutation {
  const row = drawRow(loaded, placed, dice)
  return {
    kind: 'member',
    what: `a member more in row ${row} of ${placed.table.name}`,
    sql: `update ${tableOf(loaded, placed)} set ${ASIDE} = '{"set":{"/never there":1}}' where ${atRow(loaded, placed, row)}`,
    places: [placeOf(loaded, placed, row)],
  }
}

function deleteRow(loaded: Loaded, placed: PlacedTable, dice: Dice): Mutation {
  const row = drawRow(loaded, placed, dice)
  return {
    kind: 'delete',
    what: `row ${row} of ${placed.table.name} deleted`,
    sql: `delete from ${tableOf(loaded, placed)} where ${atRow(loaded, placed, row)}`,
    // Of records that are alike, any may be the one that is missed.
    places: placed.parent === undefined ? placesOfTwins(loaded, placed, row) : [placeOf(loaded, placed, row)],
  }
}

function insertRow(loaded: Loaded, placed: PlacedTable): Mutation | undefined {
  const count = loaded.rows.get(placed.table.name)?.length ?? 0
  const table = tableOf(loaded, placed)
  if (placed.parent !== undefined) {
    const keys = placed.key.map((column) => quoteIdent(column.name))
    const inherited = keys.slice(0, -1).join(', ')
    return {
      kind: 'insert',
      what: `a row more in ${placed.table.name}`,
      sql: `insert into ${table} (${keys.join(', ')}) select ${inherited}, 1000000 from ${table} where ${atRow(loaded, placed, count - 1)}`,
      places: [placeOf(loaded, placed, count - 1)],
    }
  }
  if (placed.table.key[0] !== POSITION) return undefined
  return {
    kind: 'insert',
    what: `a record more in ${placed.table.name}`,
    sql: `insert into ${table} default values`,
    places: [`${collectionPointer(loaded, placed)}${placed.kind === 'singleton' ? '' : `/${count}`}`],
  }
}

/** Exchanges the places of two records that are not alike; members of an object have no places. */
function exchange(loaded: Loaded, placed: PlacedTable, dice: Dice): Mutation | undefined {
  const rows = loaded.rows.get(placed.table.name) ?? []
  if (placed.parent !== undefined || placed.kind !== 'list' || placed.table.key[0] === POSITION || rows.length < 2)
    return undefined
  const one = dice.roll(rows.length - 1)
  const other = one + 1
  const at = [one, other].map((row) => `${POSITION} = ${row + 1}`)
  return {
    kind: 'exchange',
    what: `rows ${one} and ${other} of ${placed.table.name} exchanged`,
    sql: `update ${tableOf(loaded, placed)} set ${POSITION} = ${one + other + 2} - ${POSITION} where ${at.join(' or ')}`,
    places: [placeOf(loaded, placed, one), placeOf(loaded, placed, other)],
  }
}

function drawRow({ rows }: Loaded, placed: PlacedTable, dice: Dice): number {
  return dice.roll(rows.get(placed.table.name)?.length ?? 1)
}

function tableOf({ plan }: Loaded, placed: PlacedTable): string {
  return qualified(plan.schema, placed.table.name)
}

/** Right after the load, rows lie in the order in which they were written. */
function atRow(loaded: Loaded, placed: PlacedTable, row: number): string {
  return `ctid = (select ctid from ${tableOf(loaded, placed)} order by ctid offset ${row} limit 1)`
}

function collectionPointer({ plan }: Loaded, placed: PlacedTable): string {
  return plan.document === 'object' ? formatPointer([placed.collection]) : ''
}

/** Pointer of the record that a row is, or is inside of. */
function placeOf(loaded: Loaded, placed: PlacedTable, row: number): string {
  const root = rootOf(placed)
  const columns = copyColumns(root).names
  const fieldsOf = (of: PlacedTable, at: number): string[] => (loaded.rows.get(of.table.name)?.[at] ?? '').split('\t')
  const key = fieldsOf(placed, row).slice(0, root.key.length).join('\t')
  const keyOf = (at: number): string =>
    root.key.map((column) => fieldsOf(root, at)[columns.indexOf(column.name)]).join('\t')
  const count = loaded.rows.get(root.table.name)?.length ?? 0
  const at =
    placed.parent === undefined ? row : Array.from({ length: count }, (_, i) => i).find((i) => keyOf(i) === key)
  const base = collectionPointer(loaded, placed)
  if (root.kind === 'singleton') return base
  return base + formatPointer([root.kind === 'keyed' ? (fieldsOf(root, at ?? 0)[0] ?? '') : (at ?? 0)])
}

function placesOfTwins(loaded: Loaded, placed: PlacedTable, row: number): string[] {
  const rows = loaded.rows.get(placed.table.name) ?? []
  return rows.map((_, at) => placeOf(loaded, placed, at)).slice(placed.table.key[0] === POSITION ? 0 : row)
}

function rootOf(placed: PlacedTable): PlacedTable {
  return placed.parent === undefined ? placed : rootOf(placed.parent)
}
