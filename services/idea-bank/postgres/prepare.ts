import { type Kysely, sql } from 'kysely'
import { applyMigrations, OutgrowError } from 'outgrow'
import { type Database, SCHEMA } from './database.ts'
import { COLUMNS } from './row.ts'
import type { Epoch } from './write.ts'

const MIGRATIONS = new URL('../migrations/', import.meta.url)

/**
 * Makes the tables ready and tells the epoch that writers declare, if there is one. Throws `refused` while a staged rollout
 * is under way, since then PostgreSQL is not the only authority; and when the tables are not those of the plan.
 */
export async function prepare(url: string, db: Kysely<Database>): Promise<Epoch> {
  await applyMigrations(url, MIGRATIONS, { schema: SCHEMA })
  await refuseOtherTables(db)
  return epochOf(db)
}

/** Tables that a plan of another name or shape made would fail in the middle of a request. */
async function refuseOtherTables(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select attname as name from pg_attribute where attrelid = ${`${SCHEMA}.ideas`}::regclass and attnum > 0
      and not attisdropped`.execute(db)
  const there = new Set(rows.map((row) => row.name))
  const missing = COLUMNS.filter(({ column }) => !there.has(column)).map(({ column }) => column)
  if (missing.length === 0) return
  throw new OutgrowError('refused', `Table ${SCHEMA}.ideas was made by another plan: it lacks ${missing.join(', ')}.`, {
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
  throw new OutgrowError('refused', `The store is in stage ${row.stage}: PostgreSQL alone is for stage complete.`, {
    place: 'LIBRARY_DB_STRATEGY',
    next: 'Run the service as staged, until the stage is complete.',
  })
}
