import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { copyStore } from '../backup/copy-store.ts'
import { restoreTables } from '../backup/restore.ts'
import { OutgrowError } from '../errors.ts'
import { appendAudit } from '../journal/audit.ts'
import { recordMigration } from '../journal/migration-log.ts'
import { writeMigrationPages } from '../journal/pages.ts'
import {
  type BackupRecord,
  completeRun,
  findRun,
  markRolledBack,
  type Run,
  recordRun,
  runsOf,
} from '../journal/runs.ts'
import { requireStore, type Store, saveStore } from '../journal/stores.ts'
import { runStatements } from '../load/load-store.ts'
import { commitSettled } from '../postgres/commit.ts'
import type { Connection } from '../postgres/connect.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { dropSchema, dropTables } from '../schema/ddl.ts'
import { writePlan } from '../schema/plan-file.ts'
import { recordOf, tablesExist, tablesInto, writeBackup } from './backups.ts'
import type { Context } from './context.ts'
import { exportPlan } from './export.ts'
import { refuseOccupied } from './occupied.ts'
import { refuseStaged } from './stage-allows.ts'
import { type Target, withTarget } from './target.ts'

export interface RollbackReport {
  /** Id of this rollback. */
  run: string
  /** Ids of the runs that it undid, newest first. */
  undone: string[]
  store: string
  /** What is in PostgreSQL now: nothing of the store, or what the run before had put there. */
  now: 'absent' | { run: string }
  /** The document as PostgreSQL held it right before, in the backup: writes made there since are in it. */
  export: string | null
  backup: string | null
}

/**
 * Undoes the last run of a store (or all runs back to `run`): its schema and data are again what they were before. What
 * PostgreSQL holds now is kept first, as tables and as a JSON document, in a backup. The store's file is not touched. After
 * a rollback that was interrupted behind its commit, the same command ends that one and undoes nothing more.
 */
export async function rollback(
  context: Context,
  name: string,
  options: { run?: string; owner: string },
): Promise<RollbackReport> {
  return withTarget(context, 'rollback', name, async (target) => {
    const started = performance.now()
    context.failpoint('locked')
    const store = await requireStore(target.connection, name)
    await refuseStaged(target.connection, name, 'rollback')
    const runs = await runsOf(target.connection, name)
    const id = interrupted(runs, options.run) ?? (await undoRuns(context, target, store, runs, options))
    context.failpoint('committed')
    return complete(context, target, name, id, started)
  })
}

/** The last act, when it is a rollback (of the wanted run) whose total time is missing: that is noted at its very end. */
function interrupted([last, ...earlier]: Run[], wanted: string | undefined): string | undefined {
  if (last?.verb !== 'rollback' || last.figures.seconds.total > 0) return undefined
  const isWanted = earlier.some((run) => run.id === wanted && run.rolledBackByRun === last.id)
  return wanted === undefined || isWanted ? last.id : undefined
}

/** Does the work, in one transaction, and returns the id of this rollback. */
async function undoRuns(
  context: Context,
  target: Target,
  store: Store,
  runs: Run[],
  options: { run?: string; owner: string },
): Promise<string> {
  const undone = runsToUndo(runs.filter(isInForce), store.name, options.run)
  const first = undone.at(-1) as Run
  const id = randomUUID()
  const kept = await keepPresent(context, target, store, id)
  context.failpoint('present-kept')
  await inTransaction(
    target.connection,
    async (sql) => {
      await refuseStaged(sql, store.name, 'rollback')
      return undo(context, sql, target, store, { id, undone, first, kept, owner: options.owner })
    },
    {
      commit: (sql) =>
        commitSettled(sql, {
          reconnect: target.reconnect,
          witness: async (other) => (await findRun(other, id)) !== undefined,
        }),
    },
  )
  if (target.connection.lost) target.connection = await target.reconnect()
  return id
}

/** What follows the commit, told from the record, so that a second run can end a broken first one. */
async function complete(
  context: Context,
  target: Target,
  name: string,
  id: string,
  started: number,
): Promise<RollbackReport> {
  await writeMigrationPages(target.connection, context.pages)
  context.failpoint('pages-written')
  const runs = await runsOf(target.connection, name)
  const own = runs.find((run) => run.id === id) as Run
  const seconds = { ...own.figures.seconds, total: (performance.now() - started) / 1000 }
  await completeRun(target.connection, id, { backupAfter: own.backupAfter, figures: { ...own.figures, seconds } })
  const kept = own.backupBefore
  const previous = runs.find(isInForce)
  return {
    run: id,
    undone: runs.filter((run) => run.rolledBackByRun === id).map((run) => run.id),
    store: name,
    now: previous ? { run: previous.id } : 'absent',
    export: kept && join(kept.path, 'store.json'),
    backup: kept?.path ?? null,
  }
}

function isInForce(run: Run): boolean {
  return run.verb === 'migrate' && run.status === 'committed'
}

function runsToUndo(runs: Run[], name: string, wanted: string | undefined): Run[] {
  const at = wanted === undefined ? 0 : runs.findIndex((run) => run.id === wanted)
  if (runs[at]) return runs.slice(0, at + 1)
  const what =
    wanted === undefined ? `The store "${name}" has no run in force` : `Run ${wanted} is no run in force of "${name}"`
  throw new OutgrowError('nothing-to-undo', `${what}: there is nothing to undo.`, {
    place: wanted ?? name,
    next: `See the runs with \`outgrow log ${name}\`.`,
  })
}

/** The tables and their document as they are, so that nothing written since the run is lost with them. */
async function keepPresent(context: Context, target: Target, store: Store, id: string): Promise<BackupRecord | null> {
  if (!(await tablesExist(target.connection, store.plan))) return null
  const document = join(context.work, `${id}.json`)
  await exportPlan(context, target.connection, store.plan, document)
  context.failpoint('document-exported')
  try {
    const finished = await writeBackup(
      context,
      { store: store.name, kind: 'pre-rollback', run: id },
      async (writer) => {
        const file = await copyStore(writer, { path: document })
        context.failpoint('document-copied')
        return { ...(await tablesInto(writer, target.connection, store.plan)), ...file }
      },
    )
    return recordOf(finished)
  } finally {
    await rm(document, { force: true })
  }
}

interface Undo {
  id: string
  undone: Run[]
  first: Run
  kept: BackupRecord | null
  owner: string
}

async function undo(context: Context, sql: Connection, target: Target, store: Store, act: Undo): Promise<void> {
  const { id, undone, first, kept, owner } = act
  await refuseOccupied(store.plan.schema, () => runStatements(sql, [...dropTables(store.plan), dropSchema(store.plan)]))
  context.failpoint('tables-dropped')
  const planText = await restoreBefore(sql, store, first)
  context.failpoint('tables-restored')
  await recordRun(sql, {
    id,
    store: store.name,
    verb: 'rollback',
    actor: context.actor,
    owner,
    source: null,
    planText,
    figures: {
      collections: [],
      verification: { records: 0, mismatches: 0 },
      seconds: { read: 0, infer: 0, backup: 0, load: 0, verify: 0, total: 0 },
    },
    backupBefore: kept,
    startedAt: new Date(),
  })
  for (const run of undone) await markRolledBack(sql, run.id, id)
  const figures = { run: id, undone: undone.map((run) => run.id), backup: kept?.path ?? null }
  const audit = await appendAudit(sql, {
    actor: context.actor,
    act: 'rollback',
    subject: store.name,
    store: store.name,
    figures,
    outcome: 'done',
  })
  await recordMigration(sql, { run: id, audit })
  await target.lock.assertHeld()
  context.failpoint('before-commit')
}

/** Puts back the tables that the backup before the run holds, if there were any; the plan then in force is again the store's. */
async function restoreBefore(sql: Connection, store: Store, first: Run): Promise<string> {
  const before = first.backupBefore
  if (!before) return store.planText
  const hadTables = before.restore.some((line) => line.includes('restore.sql'))
  if (!hadTables) return store.planText
  const { plan } = await restoreTables(sql, before.path, { manifestSha256: before.sha256 })
  const planText = writePlan(plan)
  await saveStore(sql, plan, planText)
  return planText
}
