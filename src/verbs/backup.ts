import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { copyStore } from '../backup/copy-store.ts'
import { type BackupEntry, listBackups } from '../backup/list-backups.ts'
import type { FinishedBackup } from '../backup/open-backup.ts'
import { restoreStoreFile, restoreTables } from '../backup/restore.ts'
import { testRestore } from '../backup/test-restore.ts'
import { type VerifyReport as BackupVerifyReport, verifyBackup } from '../backup/verify-backup.ts'
import { OutgrowError } from '../errors.ts'
import { appendAudit } from '../journal/audit.ts'
import { requireStore, saveStore } from '../journal/stores.ts'
import { runStatements } from '../load/load-store.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { dropTables } from '../schema/ddl.ts'
import { writePlan } from '../schema/plan-file.ts'
import { tablesInto, writeBackup } from './backups.ts'
import type { Context } from './context.ts'
import { exportPlan } from './export.ts'
import { refuseOccupied } from './occupied.ts'
import { storedPlan } from './stored-plan.ts'
import { withTarget } from './target.ts'

/** Backs up what PostgreSQL holds of a store: its tables, and the JSON document that they make. */
export async function backupCreate(
  context: Context,
  name: string,
  options: { note?: string } = {},
): Promise<FinishedBackup> {
  return withTarget(context, 'backup', name, async ({ connection }) => {
    const plan = await storedPlan(connection, name)
    const id = randomUUID()
    await mkdir(context.work, { recursive: true, mode: 0o700 })
    const document = join(context.work, `${id}.json`)
    try {
      await exportPlan(context, connection, plan, document)
      const finished = await writeBackup(
        context,
        { store: name, kind: 'manual', run: id, ...options },
        async (writer) => {
          const file = await copyStore(writer, { path: document })
          return { ...(await tablesInto(writer, connection, plan)), ...file }
        },
      )
      const figures = { backup: finished.path, manifest: finished.manifestSha256 }
      await inTransaction(connection, (sql) =>
        appendAudit(sql, { actor: context.actor, act: 'backup', subject: name, store: name, figures, outcome: 'done' }),
      )
      return finished
    } finally {
      await rm(document, { force: true })
    }
  })
}

/** The backups of a store, oldest first; no database is needed. */
export function backupList(context: Context, name: string): Promise<BackupEntry[]> {
  return listBackups(context.backups, name)
}

export interface BackupVerification extends BackupVerifyReport {
  name: string
  /** Only with `restoreTest`, and only for a whole backup that holds tables. */
  restoreTest?: Awaited<ReturnType<typeof testRestore>>
}

/** Reads backups back, every byte; with `restoreTest` also loads each into a scratch schema, compares, and rolls back. */
export async function backupVerify(
  context: Context,
  name: string,
  options: { backup?: string; restoreTest?: boolean } = {},
): Promise<BackupVerification[]> {
  const entries = options.backup ? [await entryOf(context, name, options.backup)] : await backupList(context, name)
  if (entries.length === 0) throw noBackup(name, undefined, [])
  const reports: BackupVerification[] = []
  for (const entry of entries.filter((one) => one.state !== 'partial'))
    reports.push({ name: entry.name, ...(await verifyBackup(entry.path)) })
  if (!options.restoreTest) return reports
  return withTarget(context, 'backup', name, async ({ connection }) => {
    for (const report of reports)
      if (report.problems.length === 0 && (report.manifest?.tables.length ?? 0) > 0)
        report.restoreTest = await testRestore(connection, report.path)
    return reports
  })
}

export interface BackupRestored {
  backup: string
  file: string | null
  tables: { name: string; rows: number }[]
}

/** Restores a backup's JSON document to a file, or its tables in place of those that the store has now, or both. */
export async function backupRestore(
  context: Context,
  name: string,
  options: { backup: string; file?: string; tables?: boolean },
): Promise<BackupRestored> {
  const entry = await entryOf(context, name, options.backup)
  if (!options.file && !options.tables)
    throw new OutgrowError('usage', 'Nothing was asked for: a backup is restored to a file, or into the tables.', {
      next: 'Add --file PATH, or --tables.',
    })
  if (options.file) await restoreStoreFile(entry.path, options.file)
  const tables = options.tables ? await replaceTables(context, name, entry) : []
  return { backup: entry.name, file: options.file ?? null, tables }
}

async function replaceTables(context: Context, name: string, entry: BackupEntry): Promise<BackupRestored['tables']> {
  await backupCreate(context, name, { note: `before the restore of ${entry.name}` })
  return withTarget(context, 'backup restore', name, ({ connection }) =>
    inTransaction(connection, async (sql) => {
      const { plan } = await requireStore(sql, name)
      await refuseOccupied(plan.schema, () => runStatements(sql, dropTables(plan)))
      const restored = await restoreTables(sql, entry.path)
      await saveStore(sql, restored.plan, writePlan(restored.plan))
      const figures = { backup: entry.name, tables: restored.tables }
      await appendAudit(sql, {
        actor: context.actor,
        act: 'restore',
        subject: name,
        store: name,
        figures,
        outcome: 'done',
      })
      return restored.tables
    }),
  )
}

async function entryOf(context: Context, name: string, wanted: string): Promise<BackupEntry> {
  const entries = await backupList(context, name)
  const found = entries.find((entry) => entry.name === wanted || entry.path === wanted)
  if (found) return found
  throw noBackup(name, wanted, entries)
}

function noBackup(name: string, wanted: string | undefined, entries: BackupEntry[]): OutgrowError {
  const known = entries.map((entry) => entry.name).join(', ')
  return new OutgrowError(
    'backup-damaged',
    wanted ? `There is no backup ${wanted} of "${name}".` : `There is no backup of "${name}".`,
    {
      place: wanted ?? name,
      next: known ? `There are: ${known}.` : `Make one with \`outgrow backup create ${name}\`.`,
    },
  )
}
