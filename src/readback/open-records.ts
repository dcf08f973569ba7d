import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readField } from '../codec/copy-text.ts'
import { NEED_BYTES, ROW, RowReader } from '../codec/rows.ts'
import { valuesRowName } from '../codec/values.ts'
import type { Bytes } from '../jsonstore/bytes.ts'
import type { Connection } from '../postgres/connect.ts'
import { copyOut } from '../postgres/copy-out.ts'
import { qualified, quoteLiteral } from '../postgres/ident.ts'
import { copyColumns, copyOutHeapSql, copyOutSql } from '../schema/copy-columns.ts'
import { type Collection, type Plan, VALUES_TABLE } from '../schema/plan.ts'
import { type PlacedTable, tablesOf } from '../schema/tables.ts'
import { ChildReader } from './child-reader.ts'
import { type RecordReader, TableReader } from './record-reader.ts'

export interface ReadOptions {
  /** Folder for the rows of lists while their collection is read; nothing is left in it. */
  spool: string
  /** `heap`: right after the load, when rows lie in the order in which they were written; spares a sort. */
  order?: 'heap' | 'position'
  /** Sees the COPY text of each table as it comes: to write it into a backup, say. */
  onRows?: ((table: string, chunk: Buffer) => void | Promise<void>) | undefined
}

/**
 * Opens the records of a collection in the order of the document. The connection is busy until the reader is at its end
 * or closed. Tables of lists are read first, into files, since one connection can send only one table at a time.
 */
export async function openRecords(
  connection: Connection,
  plan: Plan,
  collection: Collection,
  options: ReadOptions,
): Promise<RecordReader> {
  if (collection.kind === 'values') return openValue(connection, plan, collection.name, options)
  const tables = tablesOf(plan).filter((placed) => placed.collection === collection.name)
  const root = tables[0] as PlacedTable
  const spool = tables.length > 1 ? await mkdtemp(join(options.spool, 'rows-')) : undefined
  const children = spool === undefined ? [] : await spoolChildren(connection, plan, tables, root, spool, options)
  const reader = new TableReader(root, rowsOf(connection, plan, root, options), children)
  return spool === undefined ? reader : removingAtClose(reader, spool)
}

async function spoolChildren(
  connection: Connection,
  plan: Plan,
  tables: PlacedTable[],
  parent: PlacedTable,
  spool: string,
  options: ReadOptions,
): Promise<ChildReader[]> {
  const readers: ChildReader[] = []
  for (const { table } of parent.table.children) {
    const placed = tables.find((one) => one.table === table) as PlacedTable
    const path = join(spool, `${tables.indexOf(placed)}.copy`)
    await pipeline(
      tee(copyOut(connection, sqlOf(plan, placed, options)), placed.table.name, options),
      createWriteStream(path),
    )
    const inner = await spoolChildren(connection, plan, tables, placed, spool, options)
    const chunks = createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>
    readers.push(new ChildReader(placed, new RowReader(chunks, copyColumns(placed).names.length), inner))
  }
  return readers
}

function rowsOf(connection: Connection, plan: Plan, placed: PlacedTable, options: ReadOptions): RowReader {
  const { onRows } = options
  const width = copyColumns(placed).names.length
  return new RowReader(
    copyOut(connection, sqlOf(plan, placed, options)),
    width,
    onRows && ((chunk) => onRows(placed.table.name, chunk)),
  )
}

function sqlOf(plan: Plan, placed: PlacedTable, { order }: ReadOptions): string {
  return order === 'heap' ? copyOutHeapSql(plan.schema, placed) : copyOutSql(plan.schema, placed)
}

async function* tee(chunks: AsyncIterable<Buffer>, table: string, { onRows }: ReadOptions): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    await onRows?.(table, chunk)
    yield chunk
  }
}

function removingAtClose(reader: RecordReader, folder: string): RecordReader {
  const close = reader.close.bind(reader)
  reader.close = async () => {
    await close()
    await rm(folder, { recursive: true, force: true })
  }
  return reader
}

/** The one value of a `values` collection, as its only record. */
function openValue(connection: Connection, plan: Plan, name: string, { onRows }: ReadOptions): RecordReader {
  const table = qualified(plan.schema, VALUES_TABLE)
  const sql = `copy (select name, value from ${table} where name = ${quoteLiteral(valuesRowName(name))}) to stdout`
  const rows = new RowReader(copyOut(connection, sql), 2, onRows && ((chunk) => onRows(VALUES_TABLE, chunk)))
  const advance = async (): Promise<boolean> => {
    for (;;) {
      const found = rows.next()
      if (found !== NEED_BYTES) return found === ROW
      await rows.fill()
    }
  }
  return {
    position: 1,
    advanceNow: () => undefined,
    advance,
    write: (out: Bytes) => readField(rows.bytes, rows.starts[1] as number, rows.ends[1] as number, out),
    writeName: () => {},
    close: () => rows.close(),
  }
}
