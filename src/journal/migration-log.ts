import { OutgrowError } from '../errors.ts'
import type { Sql } from '../postgres/sql.ts'
import type { AuditAnchor } from './audit-entry.ts'
import { changeOf, pageBase, undoOf } from './migration-text.ts'
import { queueFor } from './queue.ts'
import { findRun, type Run } from './runs.ts'

/** An entry of the migration log: what people read first. */
export interface Migration {
  id: string
  /** UTC day, `2026-01-31`. */
  date: string
  change: string
  /** The command that undoes it. */
  rollback: string
  owner: string
  store: string
  run: string
  verb: Run['verb']
  /** File name of the page that tells the rest; a rollback shares that of the run it undid. */
  page: string
  /** Those of the run, completed after its commit. */
  figures: Run['figures']
  /** The audit entry of the act. */
  audit: AuditAnchor | null
}

/**
 * Enters a recorded run in the migration log; in a transaction, since the choice of the page's name waits for others. A run
 * is entered once: repeated, the entry that is there comes back unchanged, so that running again repairs a log that a crash
 * cut short. A rollback also enters the run it undid, if that is missing. `audit` is where the audit chain stood
 * after the act was appended.
 */
export async function recordMigration(sql: Sql, entry: { run: string; audit?: AuditAnchor }): Promise<Migration> {
  await queueFor(sql, 'migration log')
  const known = await entryOf(sql, entry.run)
  if (known !== undefined) return known
  const run = await findRun(sql, entry.run)
  if (run === undefined) throw unknownRun(entry.run)
  const date = run.committedAt.toISOString().slice(0, 10)
  const page = run.verb === 'migrate' ? await freePage(sql, pageBase(date, run.store)) : await pageOfUndone(sql, run)
  await insert(sql, run, date, page, entry.audit)
  return (await entryOf(sql, run.id)) as Migration
}

/** The migration log, newest first; of one store when given. */
export async function listMigrations(sql: Sql, store?: string): Promise<Migration[]> {
  return migrationsWhere(sql, '$1::text is null or m.store = $1::text', [store ?? null])
}

/** The first of `base.md`, `base-2.md`, … that no entry has. */
async function freePage(sql: Sql, base: string): Promise<string> {
  const { rows } = await sql.query<{ page: string }>(
    `select page from outgrow.migration_log where starts_with(page, $1::text)`,
    [base],
  )
  const taken = new Set(rows.map((row) => row.page))
  let page = `${base}.md`
  for (let n = 2; taken.has(page); n++) page = `${base}-${n}.md`
  return page
}

async function pageOfUndone(sql: Sql, rollback: Run): Promise<string> {
  const { rows } = await sql.query<{ id: string }>('select id from outgrow.run where rolled_back_by_run = $1::uuid', [
    rollback.id,
  ])
  if (rows[0] === undefined) throw undidNothing(rollback.id)
  return (await recordMigration(sql, { run: rows[0].id })).page
}

async function insert(sql: Sql, run: Run, date: string, page: string, audit?: AuditAnchor): Promise<void> {
  await sql.query(
    `insert into outgrow.migration_log (date, change, rollback, owner, store, run, verb, page, figures, audit_seq, audit_hash)
     values ($1::date, $2::text, $3::text, $4::text, $5::text, $6::uuid, $7::text, $8::text, $9::json, $10::bigint, $11::text)`,
    [
      date,
      changeOf(run),
      undoOf(run),
      run.owner,
      run.store,
      run.id,
      run.verb,
      page,
      JSON.stringify(run.figures),
      audit?.seq ?? null,
      audit?.hash ?? null,
    ],
  )
}

async function entryOf(sql: Sql, run: string): Promise<Migration | undefined> {
  return (await migrationsWhere(sql, 'm.run = $1::uuid', [run]))[0]
}

type MigrationRow = Omit<Migration, 'audit'> & { seq: string | null; hash: string | null }

async function migrationsWhere(sql: Sql, condition: string, values: unknown[]): Promise<Migration[]> {
  const { rows } = await sql.query<MigrationRow>(
    `select m.id, m.date, m.change, m.rollback, m.owner, m.store, m.run, m.verb, m.page, r.figures,
            m.audit_seq as seq, m.audit_hash as hash
       from outgrow.migration_log m join outgrow.run r on r.id = m.run
      where ${condition} order by m.id desc`,
    values,
  )
  return rows.map(({ seq, hash, ...row }) => ({
    ...row,
    audit: seq === null || hash === null ? null : { seq: Number(seq), hash },
  }))
}

function unknownRun(run: string): OutgrowError {
  return new OutgrowError('failure', `run ${run} is not recorded, so it cannot enter the migration log`, {
    place: run,
    next: 'This is a fault in outgrow: report it with the log of this run.',
  })
}

function undidNothing(run: string): OutgrowError {
  return new OutgrowError('failure', `rollback ${run} names no run that it undid`, {
    place: run,
    next: 'This is a fault in outgrow: report it with the log of this run.',
  })
}
