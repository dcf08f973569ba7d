import { type Kysely, sql } from 'kysely'
import { applyMigrations, OutgrowError } from 'outgrow'
import { planFor } from '../shape.ts'
import { type Database, SCHEMA } from './database.ts'

const MIGRATIONS = new URL('../migrations/', import.meta.url)

/**
 * Makes the tables ready. Throws `unavailable` while a staged rollout is under way, since then PostgreSQL is not the only
 * authority, and `target-unsafe` when the tables are not those of the plan.
 */
export async function prepare(url: string, db: Kysely<Database>): Promise<void> {
  await applyMigrations(url, MIGRATIONS, { schema: SCHEMA })
  await refuseOtherTables(db)
  await refuseStages(db)
}

/** Tables that another plan made would fail in the middle of a request, or keep what is not meant. */
async function refuseOtherTables(db: Kysely<Database>): Promise<void> {
  const { collections } = await planFor([])
  const columns = collections.flatMap((one) =>
    one.kind === 'values' || one.table.name !== 'ideas' ? [] : one.table.columns,
  )
  const { rows } = await sql<{ name: string }>`
    select name from unnest(${columns.map((one) => one.name)}::text[], ${columns.map((one) => one.type)}::text[]) w (name, type)
    where not exists (select from pg_attribute where attrelid = ${`${SCHEMA}.ideas`}::regclass and attname = name
      and atttypid = type::regtype and not attisdropped)`.execute(db)
  if (rows.length === 0) return
  const names = rows.map((row) => row.name).join(', ')
  throw new OutgrowError('target-unsafe', `Table ${SCHEMA}.ideas was made by another plan, as its ${names} shows.`, {
    place: `${SCHEMA}.ideas`,
    next: 'Roll it back, and migrate with the plan that is checked in beside the service.',
  })
}

/** A store that was staged is PostgreSQL's alone at `complete`, which is never left; before, the fence refuses us anyhow. */
async function refuseStages(db: Kysely<Database>): Promise<void> {
  const known = await sql<{ known: boolean }>`select to_regclass('outgrow.stage') is not null as known`.execute(db)
  if (!known.rows[0]?.known) return
  const { rows } = await sql<{ stage: string }>`
    select stage from outgrow.stage where name = 'idea-bank' and stage <> 'complete'`.execute(db)
  const [row] = rows
  if (row === undefined) return
  throw new OutgrowError('unavailable', `The store is in stage ${row.stage}: PostgreSQL alone is for stage complete.`, {
    place: 'LIBRARY_DB_STRATEGY',
    next: 'Run the service as staged, until the stage is complete.',
  })
}
