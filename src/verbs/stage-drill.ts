import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OutgrowError } from '../errors.ts'
import { appendAudit } from '../journal/audit.ts'
import type { Connection } from '../postgres/connect.ts'
import { quoteIdent } from '../postgres/ident.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { changeTo } from '../rollout/change/change.ts'
import type { FileDocument } from '../rollout/file/document.ts'
import { realStorePath } from '../rollout/file/owner-address.ts'
import { readDocument } from '../rollout/file/read.ts'
import { allKeys } from '../rollout/file/records.ts'
import { isKeyless, keyOfRecord, keyValue, WHOLE } from '../rollout/key.ts'
import { openStaged, type Staged } from '../rollout/open.ts'
import { ensureStage, type Stage } from '../rollout/postgres/stage.ts'
import { sameJson } from '../rollout/same-json.ts'
import { recordEvidence } from '../rollout/stage/evidence.ts'
import { createKeys, createTables } from '../schema/ddl.ts'
import { fitName } from '../schema/names.ts'
import type { Plan } from '../schema/plan.ts'
import type { Context } from './context.ts'
import { type StageOptions, withStage } from './stage.ts'

export interface DrillReport {
  /** Records of the copy, and how many of them were removed and put again while PostgreSQL was the authority. */
  records: number
  writes: number
  /** Records that were not as before when the file was the authority again. */
  differences: number
  /** Milliseconds for which writes were held on the way to live, and on the way back. */
  heldMs: { there: number; back: number }
  seconds: number
}

/** Records of each collection that are written in stage live. */
const WRITTEN = 100

/**
 * Rehearses the way to live and back on a copy of the store, on the same server and the same disk, with the very steps that
 * the store itself will take; then removes the copy and puts the outcome on record for the gate. The store is only read.
 */
export async function stageDrill(
  context: Context,
  name: string,
  by: string,
  options: StageOptions = {},
): Promise<DrillReport> {
  return withStage(context, name, options, async ({ connection, plan, file }) => {
    const started = performance.now()
    const copy = await copyStore(file)
    const scratch = scratchPlan(plan)
    try {
      await createScratch(connection, scratch)
      const rehearsed = await rehearse(context, scratch, copy.path, by)
      const report = { ...rehearsed, seconds: (performance.now() - started) / 1000 }
      await putOnRecord(connection, name, by, report)
      return report
    } finally {
      await dropScratch(connection, scratch)
      await rm(copy.folder, { recursive: true, force: true })
    }
  })
}

async function copyStore(file: string): Promise<{ folder: string; path: string }> {
  const folder = join(`${await realStorePath(file)}.outgrow`, `drill-${randomUUID()}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'store.json')
  await copyFile(file, path)
  return { folder, path }
}

function scratchPlan(plan: Plan): Plan {
  const own = randomUUID().slice(0, 8)
  return { ...plan, store: `${plan.store} (drill ${own})`, schema: fitName(`${plan.schema}_drill_${own}`) }
}

async function createScratch(connection: Connection, plan: Plan): Promise<void> {
  await inTransaction(connection, async (sql) => {
    for (const { sql: statement } of [...createTables(plan), ...createKeys(plan)]) await sql.query(statement)
  })
  await ensureStage(connection, { name: plan.store, by: 'outgrow', why: 'a rehearsal' })
}

async function dropScratch(connection: Connection, { schema, store }: Plan): Promise<void> {
  await connection.query(`drop schema if exists ${quoteIdent(schema)} cascade`)
  for (const table of ['stage_request', 'dirty', 'idempotency', 'dead_letter', 'stage_owner', 'stage_evidence'])
    await connection.query(`delete from outgrow.${table} where store = $1::text`, [store])
  await connection.query('delete from outgrow.stage where name = $1::text', [store])
}

async function rehearse(context: Context, plan: Plan, file: string, by: string): Promise<Omit<DrillReport, 'seconds'>> {
  const before = await readDocument(file, plan)
  const staged = await openStaged({ name: plan.store, file, plan, database: context.url, log: context.log })
  let there: number
  let back: number
  let writes: number
  try {
    const go = (to: Stage): Promise<number> => step(staged, to, by)
    await go('dualwrite')
    await staged.settle()
    await go('shadow')
    there = await go('live')
    writes = await writeAgain(staged, plan)
    back = await go('shadow')
  } finally {
    await staged.store.close()
  }
  const after = await readDocument(file, plan)
  return { ...compare(plan, before.document, after.document), writes, heldMs: { there, back } }
}

async function step(staged: Staged, to: Stage, by: string): Promise<number> {
  const outcome = await changeTo({ ...staged.scene, isRehearsal: true }, { to, by, why: 'a rehearsal' })
  if (outcome.outcome !== 'changed') throw new OutgrowError('failure', `The rehearsal did not come to stage ${to}.`)
  return Number(outcome.figures.heldMs ?? 0)
}

/** Removes records and puts them again, so that the outcome must be equal to the beginning. */
async function writeAgain({ store }: Staged, plan: Plan): Promise<number> {
  let writes = 0
  for (const collection of plan.collections.filter((one) => one.kind === 'list' && !isKeyless(one))) {
    const records = store.collection(collection.name)
    for (const record of await records.find({ limit: WRITTEN })) {
      await store.transaction(async (tx) => {
        const own = tx.collection(collection.name)
        const id = keyValue(keyOfRecord(collection, record) ?? WHOLE)
        await own.remove(id)
        await own.insert(record)
      })
      writes++
    }
  }
  return writes
}

function compare(plan: Plan, before: FileDocument, after: FileDocument): Pick<DrillReport, 'records' | 'differences'> {
  let records = 0
  let differences = 0
  for (const { name } of plan.collections) {
    for (const key of allKeys(name, before, after)) {
      records++
      if (!sameJson(before.get(name, key)?.value, after.get(name, key)?.value)) differences++
    }
  }
  return { records, differences }
}

async function putOnRecord(connection: Connection, name: string, by: string, report: DrillReport): Promise<void> {
  const { rows } = await connection.query<{ epoch: string }>('select epoch from outgrow.stage where name = $1::text', [
    name,
  ])
  const figures = { by, ...report }
  await inTransaction(connection, async (sql) => {
    await recordEvidence(sql, { store: name, kind: 'drill', epoch: Number(rows[0]?.epoch ?? 1), figures })
    await appendAudit(sql, {
      actor: by,
      act: 'drill',
      subject: name,
      store: name,
      figures,
      outcome: report.differences === 0 ? 'done' : 'failed',
    })
  })
}
