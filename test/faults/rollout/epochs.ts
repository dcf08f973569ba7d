import { qualified } from '../../../src/postgres/ident.ts'
import type { Sql } from '../../../src/postgres/sql.ts'
import type { Plan } from '../../../src/schema/plan.ts'
import { tablesOf } from '../../../src/schema/tables.ts'

/**
 * Notes, for every statement that writes a table of the store, the epoch that it declared and the one in force: a witness
 * of the test's own, that works by no part of the fence. A statement sees the stage row as of its beginning, which is
 * enough: a change of stage waits for those that were let in, and a stale one comes after the change.
 */
export async function watchEpochs(sql: Sql, plan: Plan): Promise<void> {
  await sql.query('create table public.witness (declared bigint, inforce bigint, what text)')
  await sql.query(`
    create function public.witness() returns trigger language plpgsql security definer as $$
    begin
      insert into public.witness
        select nullif(current_setting('outgrow.epoch', true), '')::bigint, epoch, tg_table_name || ' ' || tg_op
          from outgrow.stage where name = tg_argv[0];
      return null;
    end $$`)
  for (const { table } of tablesOf(plan))
    await sql.query(`create trigger witness after insert or update or delete on ${qualified(plan.schema, table.name)}
      for each statement execute function public.witness('${plan.store}')`)
}

/** O5: how many statements wrote, and those that did so under an epoch that had passed, or none. */
export async function staleWrites(
  query: <R extends object>(sql: string) => Promise<R[]>,
): Promise<{ checked: number; problems: string[] }> {
  const rows = await query<{ what: string; declared: string | null; inforce: string; count: string }>(
    'select what, declared, inforce, count(*) as count from public.witness group by 1, 2, 3',
  )
  const stale = rows.filter(({ declared, inforce }) => declared !== inforce)
  return {
    checked: rows.reduce((sum, { count }) => sum + Number(count), 0),
    problems: stale.map((row) => `${row.count} times ${row.what} under epoch ${row.declared} in epoch ${row.inforce}`),
  }
}
