import { qualified, quoteIdent } from '../postgres/ident.ts'
import { type Migration, positionColumn } from './ddl.ts'
import { type ObjectNames, objectNames } from './objects.ts'
import { ASIDE, type Plan, POSITION } from './plan.ts'
import { addConstraint, always, block, type Statement, textLiteral } from './statement.ts'
import { type PlacedTable, tablesOf } from './tables.ts'

/**
 * The contract migration, for after `complete`: what the JSON store never enforced and the reader has approved. Foreign keys
 * of enabled references, not-null where proposed and enabled, `_aside` dropped where it is NULL in every row (kept and said
 * otherwise), `_position` dropped where the plan says that order means nothing. Fails, changing nothing, when the data breaks a
 * constraint. Down gives the columns back; the positions dropped are numbered anew.
 */
export function contractSql(plan: Plan): Migration {
  const names = objectNames(plan)
  const steps = tablesOf(plan).map((placed) => ({ placed, own: names.get(placed.table.name) }))
  return {
    up: [
      ...steps.flatMap(({ placed, own }) => addForeignKeys(plan, placed, own)),
      ...steps.flatMap(({ placed }) => notNull(plan, placed, 'set not null')),
      ...steps.flatMap(({ placed }) => dropPosition(plan, placed)),
      ...steps.map(({ placed }) => dropAside(plan, placed)),
    ],
    down: [
      ...steps.flatMap(({ placed, own }) => restorePosition(plan, placed, own)),
      ...steps.map(({ placed }) =>
        always(`alter table ${qualified(plan.schema, placed.table.name)} add column if not exists ${ASIDE} json`),
      ),
      ...steps.flatMap(({ placed }) => notNull(plan, placed, 'drop not null')),
      ...steps.flatMap(({ placed, own }) => dropForeignKeys(plan, placed, own)),
    ],
  }
}

function addForeignKeys(plan: Plan, placed: PlacedTable, own: ObjectNames | undefined): Statement[] {
  return (own?.foreignKeys ?? []).map(({ name, reference }) => {
    const target = `${qualified(plan.schema, reference.to_table)} (${quoteIdent(reference.to_column)})`
    const definition = `foreign key (${quoteIdent(reference.column)}) references ${target}`
    return addConstraint(qualified(plan.schema, placed.table.name), name, definition)
  })
}

function dropForeignKeys(plan: Plan, placed: PlacedTable, own: ObjectNames | undefined): Statement[] {
  const table = qualified(plan.schema, placed.table.name)
  return (own?.foreignKeys ?? []).map(({ name }) =>
    always(`alter table ${table} drop constraint if exists ${quoteIdent(name)}`),
  )
}

/** Key columns are not null already, and stay so on the way down. */
function notNull(plan: Plan, placed: PlacedTable, change: 'set not null' | 'drop not null'): Statement[] {
  const table = qualified(plan.schema, placed.table.name)
  return placed.table.proposals
    .filter((proposal) => proposal.kind === 'not-null' && proposal.enabled)
    .filter((proposal) => !placed.table.key.includes(proposal.column))
    .map((proposal) => always(`alter table ${table} alter column ${quoteIdent(proposal.column)} ${change}`))
}

/** The lock comes first: a row written between the look and the drop would lose its aside. */
function dropAside(plan: Plan, placed: PlacedTable): Statement {
  const table = qualified(plan.schema, placed.table.name)
  const literal = textLiteral(table)
  const present = `attrelid = ${literal}::regclass and attname = '${ASIDE}' and not attisdropped`
  return always(
    block([
      `lock table ${table} in access exclusive mode;`,
      `if exists (select from pg_attribute where ${present}) then`,
      `  if exists (select from ${table} where ${ASIDE} is not null) then`,
      `    raise notice '${ASIDE} of % is kept: some rows hold more than their columns', ${literal};`,
      '  else',
      `    alter table ${table} drop column ${ASIDE};`,
      '  end if;',
      'end if;',
    ]),
  )
}

function dropPosition(plan: Plan, placed: PlacedTable): Statement[] {
  if (!dropsPosition(placed)) return []
  return [always(`alter table ${qualified(plan.schema, placed.table.name)} drop column if exists ${POSITION}`)]
}

function restorePosition(plan: Plan, placed: PlacedTable, own: ObjectNames | undefined): Statement[] {
  if (!dropsPosition(placed) || own?.sequence === undefined) return []
  const column = positionColumn(plan.schema, own.sequence)
  return [always(`alter table ${qualified(plan.schema, placed.table.name)} add column if not exists ${column}`)]
}

function dropsPosition(placed: PlacedTable): boolean {
  return placed.parent === undefined && placed.table.ordered === false && !placed.table.key.includes(POSITION)
}
