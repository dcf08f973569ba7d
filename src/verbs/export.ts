import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { listQuarantined } from '../journal/quarantine.ts'
import { lastRun } from '../journal/runs.ts'
import { writeDurably } from '../jsonstore/durable.ts'
import type { Connection } from '../postgres/connect.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { openRecords } from '../readback/open-records.ts'
import type { Plan } from '../schema/plan.ts'
import { parsePointer } from '../schema/pointer.ts'
import type { Context } from './context.ts'
import { type Displaced, DocumentWriter } from './document-writer.ts'
import { storedPlan } from './stored-plan.ts'
import { withReader } from './target.ts'

export interface ExportReport {
  store: string
  out: string
  records: number
  bytes: number
  sha256: string
}

/**
 * Writes a store's tables back into one JSON document, in LowDB's layout (two spaces), durably: the file at `out` is the old
 * one or the whole new one. One snapshot of the database; memory is bounded by the longest record. Records in quarantine
 * stand where they stood in the store, as they were. A NeDB log is written as a log again.
 */
export async function exportStore(context: Context, name: string, out: string): Promise<ExportReport> {
  return withReader(context, 'export', async (connection) => {
    const plan = await storedPlan(connection, name)
    return exportPlan(context, connection, plan, out)
  })
}

/** Quarantined records read at a time. */
const PAGE = 1000

/** The same, for a caller that has session and plan at hand. */
export async function exportPlan(
  context: Context,
  connection: Connection,
  plan: Plan,
  out: string,
): Promise<ExportReport> {
  const hash = createHash('sha256')
  const report = { store: plan.store, out, records: 0, bytes: 0, sha256: '' }
  await mkdir(context.work, { recursive: true, mode: 0o700 })
  await writeDurably(out, async (sink) => {
    const writer = new DocumentWriter(async (bytes) => {
      hash.update(bytes)
      report.bytes += bytes.length
      await sink.write(bytes)
    })
    await inTransaction(connection, (sql) => writeDocument(context, sql, plan, writer), {
      isolation: 'repeatable read',
      readOnly: true,
    })
    report.records = writer.records
  })
  report.sha256 = hash.digest('hex')
  return report
}

async function writeDocument(
  context: Context,
  connection: Connection,
  plan: Plan,
  writer: DocumentWriter,
): Promise<void> {
  if (plan.document === 'object') writer.open('{')
  const quarantined = await quarantinedOf(connection, plan)
  for (const collection of plan.collections) {
    const reader = await openRecords(connection, plan, collection, { spool: context.work })
    try {
      const level = plan.document === 'object' ? 1 : 0
      if (plan.document === 'nedb') await writer.log(reader)
      else
        await writer.collection(collection, level, reader, quarantined.get(collection.name) ?? [], (done) =>
          context.progress({ phase: 'export', collection: collection.name, done }),
        )
    } finally {
      await reader.close()
    }
  }
  for (const index of plan.nedb?.indexes ?? []) writer.indexLine(index)
  if (plan.document === 'object') writer.close('}', 0)
  await writer.flush()
}

/** What the last run put into quarantine, by collection, in the order of the store. */
async function quarantinedOf(connection: Connection, plan: Plan): Promise<Map<string, Displaced[]>> {
  const found = new Map<string, Displaced[]>()
  const run = await lastRun(connection, plan.store)
  if (!run) return found
  for (let after: string | undefined; ; ) {
    const batch = await listQuarantined(connection, run.id, { limit: PAGE, ...(after !== undefined && { after }) })
    for (const { collection, position, pointer, raw } of batch) {
      const name = parsePointer(pointer)?.at(-1) ?? ''
      found.set(collection, [...(found.get(collection) ?? []), { position: position + 1, name, json: raw }])
    }
    if (batch.length < PAGE) break
    after = batch.at(-1)?.id
  }
  for (const list of found.values()) list.sort((a, b) => a.position - b.position)
  return found
}
