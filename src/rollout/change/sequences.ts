import { qualified } from '../../postgres/ident.ts'
import type { Sql } from '../../postgres/sql.ts'
import { type Plan, POSITION } from '../../schema/plan.ts'
import { tablesOf } from '../../schema/tables.ts'

/** The tables whose sequence of places would give out one that is taken. */
export async function positionsBehind(sql: Sql, plan: Plan): Promise<string[]> {
  const behind: string[] = []
  for (const { table, parent } of tablesOf(plan)) {
    if (parent !== undefined) continue
    const name = qualified(plan.schema, table.name)
    const { rows } = await sql.query<{ behind: boolean }>(
      `select coalesce(max(${POSITION}), 0) > coalesce(
         pg_sequence_last_value(pg_get_serial_sequence($1::text, '${POSITION}')::regclass), 0) as behind from ${name}`,
      [name],
    )
    if (rows[0]?.behind) behind.push(table.name)
  }
  return behind
}
