import { valuesRowName } from '../codec/values.ts'
import { qualified } from '../postgres/ident.ts'
import type { Sql } from '../postgres/sql.ts'
import { type Plan, VALUES_TABLE } from '../schema/plan.ts'
import { textLiteral } from '../schema/statement.ts'
import { hasValues, type PlacedTable, tablesOf } from '../schema/tables.ts'
import { keyColumnOf, keySpelling, rootOf } from './pg-key.ts'

/** Every trigger that outgrow puts on a table, by name: what `unfenceTables` takes away. */
const TRIGGERS = [
  'outgrow_fence',
  'outgrow_dirty_insert',
  'outgrow_dirty_update',
  'outgrow_dirty_delete',
  'outgrow_dirty_truncate',
] as const

/**
 * Puts the fence and the dirty marks on every table of the plan: from then on no transaction writes there whose
 * `outgrow.epoch` is not that of the stage row, and none changes a record without marking its key, unless it says that
 * it is the mirror's own push (`outgrow.writer = 'mirror'`). A second run changes nothing. Belongs into the transaction that
 * creates the tables (a load drops them, and the triggers with them) or that leaves stage `off`.
 */
export async function fenceTables(sql: Sql, plan: Plan): Promise<void> {
  for (const statement of fenceSql(plan)) await sql.query(statement)
}

/** Takes both away again, so that the tables are as `migrate` makes them; absent triggers are no failure. */
export async function unfenceTables(sql: Sql, plan: Plan): Promise<void> {
  for (const statement of unfenceSql(plan)) await sql.query(statement)
}

/** The statements of fenceTables, to be shown or run. */
export function fenceSql(plan: Plan): string[] {
  const marks = tablesOf(plan).flatMap((placed) =>
    triggersOn(plan, placed.table.name, 'outgrow.mark_dirty', markArguments(plan, placed)),
  )
  if (!hasValues(plan)) return marks
  return [...marks, ...triggersOn(plan, VALUES_TABLE, 'outgrow.mark_values_dirty', [plan.store])]
}

export function unfenceSql(plan: Plan): string[] {
  const tables = [...tablesOf(plan).map((placed) => placed.table.name), ...(hasValues(plan) ? [VALUES_TABLE] : [])]
  return tables.flatMap((table) =>
    TRIGGERS.map((trigger) => `drop trigger if exists ${trigger} on ${qualified(plan.schema, table)}`),
  )
}

function triggersOn(plan: Plan, name: string, mark: string, marked: string[]): string[] {
  const table = qualified(plan.schema, name)
  const call = `${mark}(${marked.map(textLiteral).join(', ')})`
  const unlessMirror = `when (current_setting('outgrow.writer', true) is distinct from 'mirror')`
  const after = (event: 'insert' | 'update' | 'delete', rows: string): string =>
    `create or replace trigger outgrow_dirty_${event} after ${event} on ${table} referencing ${rows}
       for each statement ${unlessMirror} execute function ${call}`
  const create = [
    `create or replace trigger outgrow_fence before insert or update or delete or truncate on ${table}
       for each statement execute function outgrow.fence(${textLiteral(plan.store)})`,
    after('insert', 'new table as new_rows'),
    after('update', 'old table as old_rows new table as new_rows'),
    after('delete', 'old table as old_rows'),
    `create or replace trigger outgrow_dirty_truncate before truncate on ${table}
       for each statement ${unlessMirror} execute function ${call}`,
  ]
  // Ordinary triggers sleep under session_replication_role = replica.
  return [...create, ...TRIGGERS.map((trigger) => `alter table ${table} enable always trigger ${trigger}`)]
}

/** A row of a child table marks the record that it is part of, whose key leads its own. */
function markArguments(plan: Plan, placed: PlacedTable): string[] {
  const collection = valuesRowName(placed.collection)
  const column = keyColumnOf(rootOf(placed))
  if (column === undefined) return [plan.store, collection]
  return [plan.store, collection, placed.key[0]?.name ?? '', keySpelling(column)]
}
