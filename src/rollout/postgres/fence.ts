import { qualified, quoteIdent } from '../../postgres/ident.ts'
import type { Sql } from '../../postgres/sql.ts'
import { fitName } from '../../schema/names.ts'
import { ASIDE, type Plan, POSITION, VALUES_TABLE } from '../../schema/plan.ts'
import { textLiteral } from '../../schema/statement.ts'
import { hasValues, type PlacedTable, tablesOf } from '../../schema/tables.ts'
import { keyColumnOf } from './key.ts'
import { createMarkFunction, type Marking, markFunction, markingOf } from './mark.ts'

/** Every trigger that outgrow puts on a table, by name: what `unfenceTables` takes away. */
const TRIGGERS = [
  'outgrow_fence',
  'outgrow_dirty_insert',
  'outgrow_dirty_update',
  'outgrow_dirty_delete',
  'outgrow_dirty_truncate',
  'outgrow_dirty_order',
] as const

/**
 * Puts the fence and the dirty marks on every table of the plan: from then on no transaction writes there whose
 * `outgrow.epoch` is not that of the stage row, and none changes a record without marking its key, unless it says that
 * it is the mirror's own push (`outgrow.writer = 'mirror'`). A second run changes nothing. Belongs into the transaction
 * that creates the tables (a load drops them, and the triggers with them) or that leaves stage `off`.
 */
export async function fenceTables(sql: Sql, plan: Plan): Promise<void> {
  for (const statement of fenceSql(plan)) await sql.query(statement)
}

/** Takes both away again; what is absent is no failure. The indexes stay, as queries go on. */
export async function unfenceTables(sql: Sql, plan: Plan): Promise<void> {
  for (const statement of unfenceSql(plan)) await sql.query(statement)
}

/**
 * In the place of both: lets through who declares no epoch, or the one in force, and keeps out processes of an earlier time.
 * For stages off and complete, in which one side is not kept like the other.
 */
export async function openFence(sql: Sql, plan: Plan): Promise<void> {
  for (const statement of [...unfenceSql(plan), ...lastFenceSql(plan)]) await sql.query(statement)
}

function lastFenceSql(plan: Plan): string[] {
  return markings(plan).flatMap(({ table }) => {
    const name = qualified(plan.schema, table)
    return [
      `create trigger outgrow_fence before insert or update or delete or truncate on ${name}
         for each statement execute function outgrow.last_fence(${textLiteral(plan.store)})`,
      `alter table ${name} enable always trigger outgrow_fence`,
    ]
  })
}

/** The statements of fenceTables, to be shown or run. */
export function fenceSql(plan: Plan): string[] {
  const roots = tablesOf(plan).filter((placed) => placed.parent === undefined)
  return [
    ...markings(plan).flatMap((marking) => [
      createMarkFunction(plan, marking),
      // Only for those who may attach it; that it fires asks for no right.
      `revoke all on function ${markFunction(plan, marking.table)}() from public`,
      ...triggersOn(plan, marking),
    ]),
    ...roots.flatMap((placed) => indexes(plan, placed)),
  ]
}

export function unfenceSql(plan: Plan): string[] {
  return [
    ...markings(plan).flatMap(({ table }) => [
      ...TRIGGERS.map((trigger) => `drop trigger if exists ${trigger} on ${qualified(plan.schema, table)}`),
      `drop function if exists ${markFunction(plan, table)}()`,
    ]),
  ]
}

/** All tables of the plan; in store_values each row is a collection of its own. */
function markings(plan: Plan): Marking[] {
  const values: Marking = { table: VALUES_TABLE, collection: 'name', key: `'null'`, ordered: false }
  return [...tablesOf(plan).map(markingOf), ...(hasValues(plan) ? [values] : [])]
}

function triggersOn(plan: Plan, { table: name, ordered }: Marking): string[] {
  const table = qualified(plan.schema, name)
  const call = `${markFunction(plan, name)}()`
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
  if (ordered) create.push(markOrder(plan, name, unlessMirror))
  const created = TRIGGERS.filter((trigger) => ordered || trigger !== 'outgrow_dirty_order')
  // Ordinary triggers sleep under session_replication_role = replica.
  return [...create, ...created.map((trigger) => `alter table ${table} enable always trigger ${trigger}`)]
}

/** Fires for statements that set places; an upsert of ours leaves them, and pays nothing. */
function markOrder(plan: Plan, name: string, condition: string): string {
  return `create or replace trigger outgrow_dirty_order after update of ${POSITION} on ${qualified(plan.schema, name)}
       for each statement ${condition} execute function ${markFunction(plan, name)}('order')`
}

/**
 * What queries need: the rows with an aside, which are few and asked for each time, and the order of keys by code point,
 * where the key's own index has the database's language. They serve at stage complete too, and so outlive the fence.
 */
function indexes(plan: Plan, placed: PlacedTable): string[] {
  const { name } = placed.table
  const table = qualified(plan.schema, name)
  const index = (suffix: string, on: string): string =>
    `create index if not exists ${quoteIdent(fitName(`${name}__${suffix}_idx`))} on ${table} (${on}`
  const asides = `${index('aside', '(1)')}) where ${ASIDE} is not null`
  const key = keyColumnOf(placed)
  return key?.type === 'text' ? [asides, `${index('order', `${quoteIdent(key.name)} text_pattern_ops`)})`] : [asides]
}
