import { type Kysely, sql } from 'kysely'
import { OutgrowError } from 'outgrow/store'
import type { Epoch } from './write.ts'

/**
 * What writers say to the fence that a staged store has on its tables: at `complete`, which is never left, its epoch.
 * Undefined for a store that was never staged. Throws `unavailable` in any other stage, since then PostgreSQL is not the
 * only authority; `variable` is what the operator must set.
 */
export async function epochOf<DB>(db: Kysely<DB>, store: string, variable: string): Promise<Epoch> {
  const known = await sql<{ known: boolean }>`select to_regclass('outgrow.stage') is not null as known`.execute(db)
  if (!known.rows[0]?.known) return undefined
  const { rows } = await sql<{ stage: string; epoch: string }>`
    select stage, epoch::text as epoch from outgrow.stage where name = ${store}`.execute(db)
  const [row] = rows
  if (row === undefined || row.stage === 'complete') return row?.epoch
  throw new OutgrowError('unavailable', `The store is in stage ${row.stage}: PostgreSQL alone is for stage complete.`, {
    place: variable,
    next: 'Run the service as staged, until the stage is complete.',
  })
}
