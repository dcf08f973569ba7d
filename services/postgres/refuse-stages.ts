import { type Kysely, sql } from 'kysely'
import { OutgrowError } from 'outgrow/store'

/**
 * A store that was staged is PostgreSQL's alone at `complete`, which is never left; before, the fence refuses us anyhow. Throws
 * `unavailable` then, naming the variable that the operator must set.
 */
export async function refuseStages<DB>(db: Kysely<DB>, store: string, variable: string): Promise<void> {
  const known = await sql<{ known: boolean }>`select to_regclass('outgrow.stage') is not null as known`.execute(db)
  if (!known.rows[0]?.known) return
  const { rows } = await sql<{ stage: string }>`
    select stage from outgrow.stage where name = ${store} and stage <> 'complete'`.execute(db)
  const [row] = rows
  if (row === undefined) return
  throw new OutgrowError('unavailable', `The store is in stage ${row.stage}: PostgreSQL alone is for stage complete.`, {
    place: variable,
    next: 'Run the service as staged, until the stage is complete.',
  })
}
