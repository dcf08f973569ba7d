import { OutgrowError } from '../errors.ts'
import { qualified, quoteIdent } from '../postgres/ident.ts'
import type { Sql } from '../postgres/sql.ts'
import { copyColumns, copyOutSql } from '../schema/copy-columns.ts'
import { type Plan, POSITION, VALUES_TABLE } from '../schema/plan.ts'
import { hasValues, type PlacedTable, tablesOf } from '../schema/tables.ts'
import type { BackupTable } from './manifest.ts'

interface Attribute {
  table: string
  column: string
  type: string
  generated: boolean
}

/** The tables of a plan as they are in the database now, and what a reader of the backup should know of them. */
export interface PresentTables {
  tables: BackupTable[]
  remarks: string[]
}

/**
 * Looks up which columns each table of the plan has: the planned ones that are there (contract drops some), in the order of
 * the plan, then those that somebody added. Throws `failure` when a table is missing.
 */
export async function presentTables(sql: Sql, plan: Plan): Promise<PresentTables> {
  const found = await attributesOf(sql, plan.schema)
  const planned = plannedColumns(plan)
  const tables = [...planned].map(([name, columns]) => presentTable(plan, name, columns, found))
  const others = [...new Set(found.map((one) => one.table))].filter((name) => !planned.has(name))
  const added = tables.flatMap((one) =>
    one.columns.filter((column) => column.added).map((c) => `${one.name}.${c.name}`),
  )
  const generated = found.filter((one) => one.generated).map((one) => `${one.table}.${one.column}`)
  return {
    tables,
    remarks: [
      ...others.map((name) => `Table ${name} of the schema is not in the plan, and not in this backup.`),
      ...added.map((name) => `Column ${name} is not in the plan: it is restored without its default and constraints.`),
      ...generated.map((name) => `Column ${name} is generated, and not in this backup.`),
    ],
  }
}

/** The tables of a plan as the expand migration makes them, for who has just run it. */
export function plannedTables(plan: Plan): BackupTable[] {
  return [...plannedColumns(plan)].map(([name, columns]) => ({ name, columns }))
}

/** `copy … to stdout` of a table's columns, in the order of the document as far as what is left of it tells. */
export function copyOutPresentSql(plan: Plan, schema: string, table: BackupTable, tables: BackupTable[]): string {
  const columns = table.columns.map((column) => quoteIdent(column.name)).join(', ')
  const name = qualified(schema, table.name)
  if (table.name === VALUES_TABLE) return `copy (select ${columns} from ${name} order by name collate "C") to stdout`
  const placed = tablesOf(plan).find((one) => one.table.name === table.name) as PlacedTable
  if (isWhole(placed, table) && hasPosition(placed, tables)) return copyOutSql(schema, placed)
  const own = table.columns.some((column) => column.name === POSITION)
  const order = own ? [POSITION] : placed.key.map((column) => quoteIdent(column.name))
  return `copy (select ${columns} from ${name} order by ${order.join(', ')}) to stdout`
}

type Column = BackupTable['columns'][number]

function plannedColumns(plan: Plan): Map<string, Column[]> {
  const tables = tablesOf(plan).map((placed): [string, Column[]] => {
    const types = new Map<string, string>([...placed.table.columns, ...placed.key].map((one) => [one.name, one.type]))
    types.set(POSITION, 'bigint')
    return [placed.table.name, copyColumns(placed).names.map((name) => ({ name, type: types.get(name) ?? 'json' }))]
  })
  const values: [string, Column[]][] = [[VALUES_TABLE, [column('name', 'text'), column('value', 'json')]]]
  return new Map([...tables, ...(hasValues(plan) ? values : [])])
}

function column(name: string, type: string): Column {
  return { name, type }
}

function presentTable(plan: Plan, name: string, planned: Column[], found: Attribute[]): BackupTable {
  const own = found.filter((one) => one.table === name)
  if (own.length === 0) {
    throw new OutgrowError('failure', `Table ${qualified(plan.schema, name)} of the plan is not in the database.`, {
      place: qualified(plan.schema, name),
      next: 'Back up with the plan that the tables were made from.',
    })
  }
  const names = new Set(planned.map((one) => one.name))
  const added = own.filter((one) => !names.has(one.column) && !one.generated)
  return {
    name,
    columns: [
      ...planned.filter((one) => own.some((there) => there.column === one.name)),
      ...added.map((one) => ({ name: one.column, type: one.type, added: true })),
    ],
  }
}

function isWhole(placed: PlacedTable, table: BackupTable): boolean {
  const names = copyColumns(placed).names
  return names.length === table.columns.length && names.every((name, at) => table.columns[at]?.name === name)
}

function hasPosition(placed: PlacedTable, tables: BackupTable[]): boolean {
  if (placed.parent !== undefined) return hasPosition(placed.parent, tables)
  const table = tables.find((one) => one.name === placed.table.name)
  return table?.columns.some((one) => one.name === POSITION) ?? false
}

async function attributesOf(sql: Sql, schema: string): Promise<Attribute[]> {
  const { rows } = await sql.query<Attribute>(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
            a.attgenerated <> '' as generated
       from pg_attribute a
       join pg_class c on c.oid = a.attrelid
       join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1::text and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      order by c.relname, a.attnum`,
    [schema],
  )
  return rows
}
