import { valuesRowName } from '../../codec/values.ts'
import { qualified, quoteIdent } from '../../postgres/ident.ts'
import { fitName } from '../../schema/names.ts'
import type { Column, Plan } from '../../schema/plan.ts'
import { textLiteral } from '../../schema/statement.ts'
import type { PlacedTable } from '../../schema/tables.ts'
import { instantPattern, keyColumnOf, rootOf } from './key.ts'

/** How the rows of one table tell which records they are part of, as SQL over one row. */
export interface Marking {
  table: string
  collection: string
  key: string
  /** The places of its rows are the order of a list. */
  ordered: boolean
}

/** A row of a child table is part of the record whose key leads its own. */
export function markingOf(placed: PlacedTable): Marking {
  const column = keyColumnOf(rootOf(placed))
  return {
    table: placed.table.name,
    collection: textLiteral(valuesRowName(placed.collection)),
    key: column === undefined ? `'null'` : keySpelling(column, quoteIdent(placed.key[0]?.name ?? '')),
    ordered:
      placed.parent === undefined && placed.kind === 'list' && column !== undefined && placed.table.ordered !== false,
  }
}

/** The trigger function of a table, as SQL text: in our schema, since it must not keep the store's from being dropped. */
export function markFunction(plan: Plan, table: string): string {
  return qualified('outgrow', fitName(`mark ${qualified(plan.schema, table)}`))
}

/**
 * Creates the trigger function that marks the records which a statement changes: after it, with its rows as old_rows and
 * new_rows, or before a truncate, with the table itself; called with an argument, it marks the order of the list. One for
 * each table, because a statement whose text is fixed costs a tenth of one that is put together when the trigger fires.
 * Runs as its owner: writers need no right to the queue.
 */
export function createMarkFunction(plan: Plan, { table, collection, key, ordered }: Marking): string {
  const insert = (source: string): string =>
    `insert into outgrow.dirty (store, collection, key)
      select distinct ${textLiteral(plan.store)}, ${collection}, ${key} from ${source};`
  const order = ordered
    ? `if tg_nargs = 1 then
    insert into outgrow.dirty (store, collection, key) values (${textLiteral(plan.store)}, ${collection}, 'null');
  els`
    : ''
  const body = `
begin
  ${order}if tg_op = 'INSERT' then
    ${insert('new_rows')}
  elsif tg_op = 'DELETE' then
    ${insert('old_rows')}
  elsif tg_op = 'UPDATE' then
    ${insert('(select * from old_rows union all select * from new_rows) changed')}
  else
    ${insert(qualified(plan.schema, table))}
  end if;
  return null;
end
`
  const quote = dollarQuote(body)
  return `create or replace function ${markFunction(plan, table)}() returns trigger language plpgsql
    security definer set search_path = pg_catalog, pg_temp set extra_float_digits = 3 as ${quote}${body}${quote}`
}

/** The key in a column as the JSON text that the applications have of it. */
function keySpelling({ type, format }: Column, name: string): string {
  if (type !== 'timestamptz') return `to_json(${name})::text`
  if (typeof format === 'number')
    return `to_json(to_char(${name} at time zone 'UTC', ${textLiteral(instantPattern(format))}))::text`
  return `trunc(extract(epoch from ${name}) * ${format === 'epoch-s' ? 1 : 1000})::text`
}

function dollarQuote(body: string): string {
  for (let n = 1; ; n++) if (!body.includes(`$mark${n}$`)) return `$mark${n}$`
}
