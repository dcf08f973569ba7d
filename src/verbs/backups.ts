import type { BackupFile } from '../backup/backup-file.ts'
import { copyStore } from '../backup/copy-store.ts'
import { copyTables, countRows, describeTables } from '../backup/copy-tables.ts'
import { listBackups } from '../backup/list-backups.ts'
import { tableFile } from '../backup/names.ts'
import { type BackupHead, type BackupWriter, type FinishedBackup, openBackup } from '../backup/open-backup.ts'
import { verifyBackup } from '../backup/verify-backup.ts'
import { type BackupRecord, completeRun, type Run } from '../journal/runs.ts'
import type { Store } from '../journal/stores.ts'
import type { Connection } from '../postgres/connect.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { type Plan, VALUES_TABLE } from '../schema/plan.ts'
import { hasValues, tablesOf } from '../schema/tables.ts'
import type { Context } from './context.ts'
import type { OpenedStore } from './open-store.ts'
import type { Target } from './target.ts'

/** Opens a backup of a store where the context keeps them. */
export function openBackupOf(context: Context, head: BackupHead): Promise<BackupWriter> {
  return openBackup(context.backups, head, { tool: context.tool })
}

/** Runs `fill` on a new backup and finishes it, or leaves nothing of it. */
export async function writeBackup(
  context: Context,
  head: BackupHead,
  fill: (writer: BackupWriter) => Promise<Parameters<BackupWriter['finish']>[0]>,
): Promise<FinishedBackup> {
  const writer = await openBackupOf(context, head)
  try {
    return await writer.finish(await fill(writer))
  } catch (error) {
    await writer.discard()
    throw error
  }
}

/** A backup of what was there before a run, begun and not yet finished. */
export interface BackupBefore {
  /** Copies the store, reads the copy back, and finishes the backup. */
  finish(): Promise<{ record: BackupRecord; seconds: number }>
  /** Leaves nothing of it, unless it was finished. */
  discard(): Promise<void>
}

/**
 * Begins the backup before a run with the store's tables, if it has any in PostgreSQL: they need the connection, which is the
 * load's from then on. The store's file, byte for byte, follows with `finish`, beside whatever else is going on.
 */
export async function beginBackupBefore(
  context: Context,
  target: Target,
  store: OpenedStore,
  known: Store | undefined,
  run: string,
): Promise<BackupBefore> {
  const started = performance.now()
  const writer = await openBackupOf(context, { store: store.name, kind: 'before', run })
  try {
    const there = known && (await tablesExist(target.connection, known.plan))
    const tables = there ? await tablesInto(writer, target.connection, known.plan) : {}
    const begun = performance.now() - started
    return {
      finish: async () => {
        const resumed = performance.now()
        const file = await copyInto(context, writer, store)
        const finished = await writer.finish({ ...tables, ...file })
        context.failpoint('backup-before')
        return { record: recordOf(finished), seconds: (begun + performance.now() - resumed) / 1000 }
      },
      discard: () => writer.discard(),
    }
  } catch (error) {
    await writer.discard()
    throw error
  }
}

async function copyInto(context: Context, writer: BackupWriter, store: OpenedStore): ReturnType<typeof copyStore> {
  context.progress({ phase: 'backup', done: 0, total: store.bytes })
  const source = { path: store.path, file: store.snapshot.file }
  const copied = await copyStore(writer, source, { expectedSha256: store.sha256 })
  context.failpoint('store-copied')
  return copied
}

/** A backup whose tables come from the read-back that verifies them, so that what is kept is what was compared. */
export interface PendingBackup {
  onRows: (table: string, chunk: Buffer) => Promise<void>
  /** Closes the files; from then on only `finish` is left to do. */
  close(connection: Connection): Promise<void>
  finish(): Promise<FinishedBackup>
  discard(): Promise<void>
}

/** Begins the backup after a run, before its transaction commits. */
export async function openBackupAfter(
  context: Context,
  plan: Plan,
  run: string,
  store: string,
): Promise<PendingBackup> {
  const writer = await openBackupOf(context, { store, kind: 'after', run })
  const files = new Map<string, { file: BackupFile; rows: number }>()
  for (const table of tableNames(plan)) files.set(table, { file: await writer.file(tableFile(table)), rows: 0 })
  let details: Parameters<BackupWriter['finish']>[0] = {}
  return {
    onRows: async (table, chunk) => {
      const entry = files.get(table)
      if (!entry) return
      entry.rows += countRows(chunk)
      await entry.file.write(chunk)
    },
    close: async (connection) => {
      for (const { file, rows } of files.values()) await file.close(rows)
      details = await describeTables(writer, connection, plan)
    },
    finish: () => writer.finish(details),
    discard: () => writer.discard(),
  }
}

/**
 * Gives the backup after a run its name and puts it on record. Without a pending one the process died between the commit and
 * here: a backup of this run that got its name before is taken, if it is whole; else the tables are read anew.
 */
export async function finishBackupAfter(
  context: Context,
  target: Target,
  plan: Plan,
  run: Run,
  pending: PendingBackup | undefined,
): Promise<BackupRecord> {
  const head: BackupHead = { store: run.store, kind: 'after', run: run.id }
  const finished = pending
    ? await finishOrDiscard(pending)
    : ((await namedBefore(context, head)) ??
      (await writeBackup(context, head, (writer) => tablesInto(writer, target.connection, plan))))
  context.failpoint('backup-named')
  const record = recordOf(finished)
  await completeRun(target.connection, run.id, { backupAfter: record, figures: run.figures })
  return record
}

/** The run is committed by now: a backup that cannot be finished (the disk is full) is left to the next run. */
async function finishOrDiscard(pending: PendingBackup): Promise<FinishedBackup> {
  try {
    return await pending.finish()
  } catch (error) {
    await pending.discard()
    throw error
  }
}

async function namedBefore(context: Context, head: BackupHead): Promise<FinishedBackup | undefined> {
  const backups = await listBackups(context.backups, head.store)
  const named = backups.find(({ manifest }) => manifest?.run === head.run && manifest.kind === head.kind)
  if (named === undefined) return undefined
  const { path, problems, manifest, manifestSha256 } = await verifyBackup(named.path)
  if (problems.length > 0 || manifest === undefined || manifestSha256 === undefined) return undefined
  return { path, manifest, manifestSha256 }
}

export function recordOf({ path, manifest, manifestSha256 }: FinishedBackup): BackupRecord {
  return { path, sha256: manifestSha256, restore: manifest.restore }
}

/** All tables of the plan as of one moment. */
export function tablesInto(writer: BackupWriter, connection: Connection, plan: Plan): ReturnType<typeof copyTables> {
  return inTransaction(connection, (sql) => copyTables(writer, sql, plan), {
    isolation: 'repeatable read',
    readOnly: true,
  })
}

/** False when the tables of the plan are gone, as after a rollback of the first run. */
export async function tablesExist(connection: Connection, plan: Plan): Promise<boolean> {
  const names = tableNames(plan)
  const { rows } = await connection.query<{ found: string }>(
    'select count(*) as found from pg_tables where schemaname = $1::text and tablename = any($2::text[])',
    [plan.schema, names],
  )
  return names.length > 0 && Number(rows[0]?.found) === names.length
}

export function tableNames(plan: Plan): string[] {
  return [...tablesOf(plan).map((placed) => placed.table.name), ...(hasValues(plan) ? [VALUES_TABLE] : [])]
}
