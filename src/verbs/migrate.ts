import { randomUUID } from 'node:crypto'
import { writeMigrationPages } from '../journal/pages.ts'
import type { MigrateReport } from '../journal/report.ts'
import { lastRun, type Run } from '../journal/runs.ts'
import { findStore, type Store } from '../journal/stores.ts'
import { finishBackupAfter, type PendingBackup } from './backups.ts'
import { commitRun, rehearse } from './commit-run.ts'
import { compareStore } from './compare-store.ts'
import type { Context } from './context.ts'
import type { MigrateRequest } from './migrate-request.ts'
import { type OpenedStore, openStore } from './open-store.ts'
import { type PreparedRun, prepareRun } from './prepare-run.ts'
import { refuseStaged } from './stage-allows.ts'
import { type Target, withTarget } from './target.ts'
import { onUnchangedSource } from './unchanged-source.ts'

/**
 * Moves a store into PostgreSQL: one transaction that loads and compares every record and records the run, with a backup
 * before that is whole when it commits, backup after, migration log. Either all of it is committed and verified, or the database is as it was. Running it
 * again with the same file and plan is `unchanged`, and completes what a crash after the commit left undone.
 */
export async function migrate(context: Context, request: MigrateRequest): Promise<MigrateReport> {
  const started = performance.now()
  return withTarget(context, 'migrate', request.name, async (target) => {
    context.failpoint('locked')
    const store = await openStore(request.file, request.name, {
      duplicateKeys: request.duplicateKeys,
      work: context.work,
      progress: (done, total) => context.progress({ phase: 'infer', done, total }),
    })
    try {
      context.failpoint('source-read')
      const report = await run(context, request, target, store)
      report.seconds.total = (performance.now() - started) / 1000
      return report
    } finally {
      await store.close()
    }
  })
}

async function run(
  context: Context,
  request: MigrateRequest,
  target: Target,
  store: OpenedStore,
): Promise<MigrateReport> {
  await refuseStaged(target.connection, request.name, 'migrate')
  const known = await findStore(target.connection, request.name)
  const prepared = await onUnchangedSource(store, () => prepareRun(request, store))
  const before = known && (await lastRun(target.connection, request.name))
  const done =
    known && before && (await onUnchangedSource(store, () => isDone(context, target, store, prepared, known, before)))
  if (done && before) return unchanged(context, target, prepared, before)
  if (request.dryRun) return rehearse(context, request, target, store, prepared, known)
  const committed = await commitRun(context, request, target, store, prepared, known, randomUUID())
  context.failpoint('committed')
  return complete(context, target, prepared, committed.run, committed.tables)
}

/** The last run moved the same bytes under the same plan, and PostgreSQL still holds every record of them. */
async function isDone(
  context: Context,
  target: Target,
  store: OpenedStore,
  prepared: PreparedRun,
  known: Store,
  last: Run,
): Promise<boolean> {
  if (last.source?.sha256 !== store.sha256 || known.planText !== prepared.planText) return false
  const tally = await compareStore(target.connection, prepared.plan, prepared.sources, {
    spool: context.work,
    skip: prepared.skip,
    progress: (collection, done) => context.progress({ phase: 'verify', collection, done }),
  })
  if (tally.mismatches > 0)
    context.log.warn(
      { store: known.name, differences: tally.mismatches },
      'PostgreSQL differs from the file: loading the file again',
    )
  return tally.mismatches === 0
}

async function unchanged(context: Context, target: Target, prepared: PreparedRun, last: Run): Promise<MigrateReport> {
  const report = await complete(context, target, prepared, last, undefined)
  return { ...report, status: 'unchanged' }
}

/** What follows the commit; each step is skipped when it was done before, so that a second run ends a broken first one. */
async function complete(
  context: Context,
  target: Target,
  prepared: PreparedRun,
  run: Run,
  tables: PendingBackup | undefined,
): Promise<MigrateReport> {
  const after = run.backupAfter ?? (await finishBackupAfter(context, target, prepared.plan, run, tables))
  context.failpoint('backup-after')
  await writeMigrationPages(target.connection, context.pages)
  context.failpoint('pages-written')
  const { collections, verification, seconds } = run.figures
  return {
    run: run.id,
    store: run.store,
    status: 'committed',
    collections,
    verification,
    backup: { before: run.backupBefore?.path ?? null, after: after.path },
    seconds: { ...seconds },
  }
}
