import { OutgrowError } from '../errors.ts'
import type { Sql } from '../postgres/sql.ts'
import type { RunFigures } from './report.ts'
import { planHash, requireStore } from './stores.ts'

/** A backup as a run remembers it, with what restores it when outgrow is not at hand. */
export interface BackupRecord {
  path: string
  /** SHA-256 of the backup's manifest, which holds those of its files. */
  sha256: string
  /** Shell commands that restore it without outgrow, one per line. */
  restore: string[]
}

/** What a caller records of an execution that is about to commit. */
export interface NewRun {
  /** A UUID. */
  id: string
  store: string
  verb: 'migrate' | 'rollback'
  /** Who started it. */
  actor: string
  /** Who answers for it. */
  owner: string
  source: { path: string; sha256: string; bytes: number } | null
  /** The plan that was followed, verbatim. */
  planText: string
  figures: RunFigures
  backupBefore: BackupRecord | null
  startedAt: Date
}

export interface Run extends NewRun {
  status: 'committed' | 'rolled_back'
  planSha256: string
  backupAfter: BackupRecord | null
  /** The transaction that wrote the data and this record. */
  xid: string
  committedAt: Date
  rolledBackAt: Date | null
  rolledBackByRun: string | null
}

/**
 * Records a run in the transaction that does its work: the record is there exactly when the work is. The store must be
 * saved before; a second record of the same id is refused by the primary key.
 */
export async function recordRun(sql: Sql, run: NewRun): Promise<void> {
  await sql.query(
    `insert into outgrow.run (id, store, verb, actor, owner, source_path, source_sha256, source_bytes, plan, plan_sha256,
                              figures, backup_before, started_at)
     values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::bigint, $9::json, $10::text,
             $11::json, $12::json, $13::timestamptz)`,
    [
      run.id,
      run.store,
      run.verb,
      run.actor,
      run.owner,
      run.source?.path ?? null,
      run.source?.sha256 ?? null,
      run.source?.bytes ?? null,
      run.planText,
      planHash(run.planText),
      JSON.stringify(run.figures),
      run.backupBefore && JSON.stringify(run.backupBefore),
      run.startedAt.toISOString(),
    ],
  )
}

/** Adds what is known only after the commit: the backup after, and the figures with all their seconds. */
export async function completeRun(
  sql: Sql,
  id: string,
  after: { backupAfter: BackupRecord | null; figures: RunFigures },
): Promise<void> {
  const { rowCount } = await sql.query(
    'update outgrow.run set backup_after = $2::json, figures = $3::json where id = $1::uuid',
    [id, after.backupAfter && JSON.stringify(after.backupAfter), JSON.stringify(after.figures)],
  )
  if (rowCount !== 1) throw unknownRun(id)
}

/**
 * Marks a migration as undone by run `by`, which must be recorded already, in the transaction that undoes it. Throws
 * `nothing-to-undo` when the run is no committed migration (any more), so that two rollbacks cannot undo one run twice.
 */
export async function markRolledBack(sql: Sql, id: string, by: string): Promise<void> {
  const { rowCount } = await sql.query(
    `update outgrow.run set status = 'rolled_back', rolled_back_at = clock_timestamp(), rolled_back_by_run = $2::uuid
      where id = $1::uuid and status = 'committed' and verb = 'migrate'`,
    [id, by],
  )
  if (rowCount === 1) return
  throw new OutgrowError('nothing-to-undo', `run ${id} is no committed migration, or was rolled back already`, {
    place: id,
    next: 'List the runs with outgrow log.',
  })
}

/** The run of this id; undefined when there is none, which is what a witness of a COMMIT asks. */
export async function findRun(sql: Sql, id: string): Promise<Run | undefined> {
  return (await runsWhere(sql, 'id = $1::uuid', [id]))[0]
}

/**
 * The migration whose data are in force: the newest of the store that was not rolled back; undefined when there is none.
 * It is what `migrate` compares with to say `unchanged`, and what `rollback` undoes. Throws `unknown-store`.
 */
export async function lastRun(sql: Sql, store: string): Promise<Run | undefined> {
  await requireStore(sql, store)
  return (await runsWhere(sql, `store = $1::text and verb = 'migrate' and status = 'committed'`, [store], 1))[0]
}

/** All runs of a store, the newest first. Throws `unknown-store`. */
export async function runsOf(sql: Sql, store: string): Promise<Run[]> {
  await requireStore(sql, store)
  return runsWhere(sql, 'store = $1::text', [store])
}

type RunRow = Omit<Run, 'source'> & {
  sourcePath: string | null
  sourceSha256: string | null
  sourceBytes: string | null
}

async function runsWhere(sql: Sql, condition: string, values: unknown[], limit?: number): Promise<Run[]> {
  const { rows } = await sql.query<RunRow>(
    `select id, store, verb, status, actor, owner, source_path as "sourcePath", source_sha256 as "sourceSha256",
            source_bytes as "sourceBytes", plan::text as "planText", plan_sha256 as "planSha256", figures,
            backup_before as "backupBefore", backup_after as "backupAfter", xid, started_at as "startedAt",
            committed_at as "committedAt", rolled_back_at as "rolledBackAt", rolled_back_by_run as "rolledBackByRun"
       from outgrow.run where ${condition} order by seq desc limit ${limit ?? 'all'}`,
    values,
  )
  return rows.map(({ sourcePath, sourceSha256, sourceBytes, ...run }) => ({
    ...run,
    source:
      sourcePath === null || sourceSha256 === null
        ? null
        : { path: sourcePath, sha256: sourceSha256, bytes: Number(sourceBytes) },
  }))
}

function unknownRun(id: string): OutgrowError {
  return new OutgrowError('failure', `there is no run ${id}`, { place: id, next: 'List the runs with outgrow log.' })
}
