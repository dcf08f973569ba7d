import { OutgrowError } from '../errors.ts'
import { appendAudit } from '../journal/audit.ts'
import { recordMigration } from '../journal/migration-log.ts'
import { quarantine } from '../journal/quarantine.ts'
import type { MigrateReport, RunFigures } from '../journal/report.ts'
import { type BackupRecord, findRun, type Run, recordRun } from '../journal/runs.ts'
import { type Store, saveStore } from '../journal/stores.ts'
import { both } from '../load/both.ts'
import { type Loaded, loadStore, runStatements } from '../load/load-store.ts'
import { commitSettled } from '../postgres/commit.ts'
import type { Connection } from '../postgres/connect.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { dropTables } from '../schema/ddl.ts'
import type { Tally } from '../verify/tally.ts'
import type { PendingBackup } from './backups.ts'
import { compareStore } from './compare-store.ts'
import type { Context } from './context.ts'
import type { MigrateRequest } from './migrate-request.ts'
import { refuseOccupied } from './occupied.ts'
import type { OpenedStore } from './open-store.ts'
import type { PreparedRun } from './prepare-run.ts'
import { quarantineEntries } from './quarantine.ts'
import { beginRunBackups, type RunBackups } from './run-backups.ts'
import { refuseStaged } from './stage-allows.ts'
import type { Target } from './target.ts'
import { onUnchangedSource, refuseChangedSource } from './unchanged-source.ts'

/** What one transaction did: loaded and verified, not yet committed. */
interface Work {
  loaded: Loaded[]
  tally: Tally
  seconds: { load: number; verify: number }
}

/**
 * The transaction of a run: old tables out, new ones in, every record compared, the source hashed again, and the run on
 * record, all committed together, and not before the backup of what was there is whole. A difference rolls it back and
 * throws `differences` with the report.
 */
export async function commitRun(
  context: Context,
  request: MigrateRequest,
  target: Target,
  store: OpenedStore,
  prepared: PreparedRun,
  known: Store | undefined,
  id: string,
): Promise<{ run: Run; tables: PendingBackup }> {
  const startedAt = new Date()
  const backups = await beginRunBackups(context, target, store, prepared.plan, known, id)
  try {
    await inTransaction(
      target.connection,
      async (sql) => {
        await refuseStaged(sql, request.name, 'migrate')
        const work = await onUnchangedSource(store, () => loadAndVerify(context, sql, store, prepared, known, backups))
        const { record: backup, seconds } = backups.taken()
        const figures = figuresOf(work, store, seconds)
        await record(context, request, sql, store, prepared, { id, figures, backup, startedAt })
        await target.lock.assertHeld()
        context.failpoint('before-commit')
      },
      {
        commit: (sql) =>
          commitSettled(sql, {
            reconnect: target.reconnect,
            witness: async (other) => (await findRun(other, id)) !== undefined,
          }),
      },
    )
  } catch (error) {
    await backups.discard()
    throw error
  }
  if (target.connection.lost) target.connection = await target.reconnect()
  return { run: (await findRun(target.connection, id)) as Run, tables: backups.after() }
}

/** Does all of a run's work in a transaction, and rolls it back: what a dry run reports was really done. */
export async function rehearse(
  context: Context,
  request: MigrateRequest,
  target: Target,
  store: OpenedStore,
  prepared: PreparedRun,
  known: Store | undefined,
): Promise<MigrateReport> {
  let work: Work | undefined
  await target.connection.query('begin')
  try {
    work = await onUnchangedSource(store, () =>
      loadAndVerify(context, target.connection, store, prepared, known, undefined),
    )
  } finally {
    await target.connection.query('rollback')
  }
  return {
    run: null,
    store: request.name,
    status: 'dry-run',
    backup: { before: null, after: null },
    ...figuresOf(work, store, 0),
  }
}

async function loadAndVerify(
  context: Context,
  sql: Connection,
  store: OpenedStore,
  prepared: PreparedRun,
  known: Store | undefined,
  backups: RunBackups | undefined,
): Promise<Work> {
  const { plan, sources, skip } = prepared
  const started = performance.now()
  const loaded = await load(context, sql, prepared, known, backups?.finishBefore)
  context.failpoint('loaded')
  const verifying = performance.now()
  const after = await backups?.openAfter()
  const tally = await compareStore(sql, plan, sources, {
    spool: context.work,
    order: 'heap',
    skip,
    onRows: async (table, chunk) => {
      context.failpoint('verifying')
      await after?.onRows(table, chunk)
    },
    progress: (collection, done) => context.progress({ phase: 'verify', collection, done }),
  })
  if (tally.mismatches > 0) throw differing(tally)
  // The disk settles what was compared while the source is hashed.
  await both(refuseChangedSource(store), after?.close(sql))
  context.failpoint('verified')
  return {
    loaded,
    tally,
    seconds: { load: (verifying - started) / 1000, verify: (performance.now() - verifying) / 1000 },
  }
}

async function load(
  context: Context,
  sql: Connection,
  prepared: PreparedRun,
  known: Store | undefined,
  meanwhile: (() => Promise<void>) | undefined,
): Promise<Loaded[]> {
  const { plan, sources, skip } = prepared
  return refuseOccupied(plan.schema, async () => {
    if (known) await runStatements(sql, dropTables(known.plan))
    context.failpoint('tables-dropped')
    return loadStore(sql, plan, {
      sources,
      skip,
      reached: context.failpoint,
      meanwhile,
      progress: (collection, done) => context.progress({ phase: 'load', collection, done }),
    })
  })
}

function differing(tally: Tally): OutgrowError {
  const [first] = tally.listed
  return new OutgrowError(
    'differences',
    `${tally.mismatches} differences between the file and PostgreSQL; the first at ${first?.pointer}: ${first?.source} became ${first?.target}.`,
    {
      place: first?.pointer ?? '',
      next: 'Nothing was committed. This is a defect of outgrow: report it with the plan and the record.',
    },
  )
}

function figuresOf(work: Work, store: OpenedStore, backup: number): RunFigures {
  return {
    collections: work.loaded,
    verification: { records: work.tally.records, mismatches: work.tally.mismatches },
    seconds: { ...store.seconds, backup, ...work.seconds, total: 0 },
  }
}

async function record(
  context: Context,
  request: MigrateRequest,
  sql: Connection,
  store: OpenedStore,
  prepared: PreparedRun,
  run: { id: string; figures: RunFigures; backup: BackupRecord; startedAt: Date },
): Promise<void> {
  const { id, figures, backup, startedAt } = run
  await saveStore(sql, prepared.plan, prepared.planText)
  const source = { path: store.path, sha256: store.sha256, bytes: store.bytes }
  const common = { store: request.name, owner: request.owner }
  await recordRun(sql, {
    ...common,
    id,
    verb: 'migrate',
    actor: context.actor,
    source,
    planText: prepared.planText,
    figures,
    backupBefore: backup,
    startedAt,
  })
  await quarantine(sql, id, await quarantineEntries(prepared))
  const { collections, verification } = figures
  const audit = await appendAudit(sql, {
    actor: context.actor,
    act: 'migrate',
    subject: request.name,
    store: request.name,
    figures: { run: id, source, collections, verification },
    outcome: 'done',
  })
  await recordMigration(sql, { run: id, audit })
}
