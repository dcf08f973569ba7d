import { type Kysely, sql } from 'kysely'
import { applyMigrations, OutgrowError } from 'outgrow'
import { planFor } from '../shape.ts'
import { type Database, SCHEMA } from './database.ts'
import type { Epoch } from './write.ts'

const MIGRATIONS = new URL('../migrations/', import.meta.url)

/**
 * Makes the tables ready and tells the epoch that writers declare, if there is one. Throws `unavailable` while a staged rollout
 * is under way, since then PostgreSQL is not the only authority; and `target-unsafe` when the tables are not those of the plan.
 */
export async function prepare(url: string, db: Kysely<Database>): Promise<Epoch> {
  await applyMigrations(url, MIGRATIONS, { schema: SCHEMA })
  await refuseOtherTables(db)
  return epochOf(db)
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

/** A store that was staged has a fence on its tables: at `complete`, which is never left, its epoch is what writers say. */
async function epochOf(db: Kysely<Database>): Promise<Epoch> {
  const known = await sql<{ known: boolean }>`select to_regclass('outgrow.stage') is not null as known`.execute(db)
  if (!known.rows[0]?.known) return undefined
  const { rows } = await sql<{ stage: string; epoch: string }>`
    select stage, epoch::text as epoch from outgrow.stage where name = 'idea-bank'`.execute(db)
  const [row] = rows
  if (row === undefined || row.stage === 'complete') return row?.epoch
  throw new OutgrowError('unavailable', `The store is in stage ${row.stage}: PostgreSQL alone is for stage complete.`, {
    place: 'LIBRARY_DB_STRATEGY',
    next: 'Run the service as staged, until the stage is complete.',
  })
}
