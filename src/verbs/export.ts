import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { readField } from '../codec/copy-text.ts'
import { requireStore } from '../journal/stores.ts'
import { Bytes } from '../jsonstore/bytes.ts'
import { writeDurably } from '../jsonstore/durable.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { writeNedbIndexLine, writeNedbLine } from '../jsonstore/nedb-write.ts'
import { newLine, writePretty } from '../jsonstore/pretty.ts'
import { Tape } from '../jsonstore/tape.ts'
import { escapeJson } from '../jsonstore/text.ts'
import type { Connection } from '../postgres/connect.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { openRecords } from '../readback/open-records.ts'
import type { RecordReader } from '../readback/record-reader.ts'
import type { Collection, Plan } from '../schema/plan.ts'
import type { Context } from './context.ts'
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
 * one or the whole new one. One snapshot of the database; memory is bounded by the longest record. A NeDB log is
 * written as a log again.
 */
export async function exportStore(context: Context, name: string, out: string): Promise<ExportReport> {
  return withReader(context, 'export', async (connection) => {
    const { plan } = await requireStore(connection, name)
    return exportPlan(context, connection, plan, out)
  })
}

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
  for (const collection of plan.collections) {
    const reader = await openRecords(connection, plan, collection, { spool: context.work })
    try {
      const level = plan.document === 'object' ? 1 : 0
      if (plan.document === 'nedb') await writer.log(reader)
      else
        await writer.collection(collection, level, reader, (done) =>
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

/** Bytes gathered before they are written. */
const BATCH = 1 << 18

class DocumentWriter {
  records = 0
  #send: (bytes: Buffer) => Promise<void>
  #out = new Bytes(BATCH * 2)
  #record = new Bytes(4096)
  #name = new Bytes(64)
  #plain = new Bytes(64)
  #tape = new Tape(new KeyTable())
  #isFirst = true

  constructor(send: (bytes: Buffer) => Promise<void>) {
    this.#send = send
  }

  open(bracket: string): void {
    this.#out.ascii(bracket)
    this.#isFirst = true
  }

  /** An empty list or object stays on one line, as JSON.stringify leaves it. */
  close(bracket: string, level: number): void {
    if (!this.#isFirst) newLine(this.#out, level)
    this.#out.ascii(bracket)
    this.#isFirst = false
  }

  async collection(
    collection: Collection,
    level: number,
    reader: RecordReader,
    progress: (records: number) => void,
  ): Promise<void> {
    const isMany = collection.kind === 'list' || collection.kind === 'keyed'
    const any = await reader.advance()
    if (!isMany && !any) return
    if (level > 0) {
      this.#item(level)
      this.#out.append(Buffer.from(`${JSON.stringify(collection.name)}: `))
    }
    if (!isMany) {
      this.#value(reader, level)
      await reader.advance()
      this.#isFirst = false
      return
    }
    this.open(collection.kind === 'list' ? '[' : '{')
    for (let more = any; more; more = reader.advanceNow() ?? (await reader.advance())) {
      this.#item(level + 1)
      if (collection.kind === 'keyed') this.#memberName(reader)
      this.#value(reader, level + 1)
      if (this.#out.length < BATCH) continue
      progress(this.records)
      await this.flush()
    }
    this.close(collection.kind === 'list' ? ']' : '}', level)
  }

  async log(reader: RecordReader): Promise<void> {
    while (await reader.advance()) {
      this.#read(reader)
      writeNedbLine(this.#tape, this.#out)
      if (this.#out.length >= BATCH) await this.flush()
    }
  }

  indexLine(definition: string): void {
    writeNedbIndexLine(definition, this.#out)
  }

  async flush(): Promise<void> {
    if (this.#out.length === 0) return
    await this.#send(this.#out.view())
    this.#out.clear()
  }

  #item(level: number): void {
    if (!this.#isFirst) this.#out.push(44)
    newLine(this.#out, level)
    this.#isFirst = false
  }

  #memberName(reader: RecordReader): void {
    this.#name.clear()
    this.#plain.clear()
    reader.writeName(this.#name)
    readField(this.#name.data, 0, this.#name.length, this.#plain)
    this.#out.push(34)
    escapeJson(this.#plain.data, 0, this.#plain.length, this.#out)
    this.#out.ascii('": ')
  }

  #value(reader: RecordReader, level: number): void {
    this.#read(reader)
    writePretty(this.#tape, 0, this.#out, level)
  }

  #read(reader: RecordReader): void {
    this.#record.clear()
    reader.write(this.#record)
    this.#tape.read(this.#record.data, 0, this.#record.length, 0, true)
    this.records++
  }
}
