import type { FileHandle } from 'node:fs/promises'
import { readField, writeJson } from '../../src/codec/copy-text.ts'
import { RowReader } from '../../src/codec/rows.ts'
import { makePlan } from '../../src/infer/make-plan.ts'
import { sourcesOf } from '../../src/infer/sources.ts'
import { profileStore } from '../../src/infer/store-profile.ts'
import { Bytes } from '../../src/jsonstore/bytes.ts'
import { ITEM, Items } from '../../src/jsonstore/items.ts'
import { KeyTable } from '../../src/jsonstore/keys.ts'
import type { Source } from '../../src/jsonstore/source.ts'
import { Window } from '../../src/jsonstore/window.ts'
import { checkPlan } from '../../src/load/check-plan.ts'
import { type UnfitRecord, writeRows } from '../../src/load/write-rows.ts'
import { ChildReader } from '../../src/readback/child-reader.ts'
import { TableReader } from '../../src/readback/record-reader.ts'
import { copyColumns } from '../../src/schema/copy-columns.ts'
import { ASIDE, type Collection, type ColumnType, type Plan } from '../../src/schema/plan.ts'
import { type PlacedTable, tablesOf } from '../../src/schema/tables.ts'
import { canonicalNumber } from '../helpers/exact-json.ts'
import { asPostgres } from './postgres-model.ts'

/** A file that is only in memory, for as much of a handle as reading uses. */
export function memoryFile(bytes: Buffer): FileHandle {
  const read = async (into: Buffer, offset: number, length: number, position: number) => ({
    bytesRead: bytes.copy(into, offset, position, Math.min(bytes.length, position + length)),
    buffer: into,
  })
  return { read } as unknown as FileHandle
}

/** The plan that is inferred from a document, without any server. */
export async function planFor(text: string): Promise<Plan> {
  const bytes = Buffer.from(text)
  const file = memoryFile(bytes)
  return makePlan(file, await profileStore(file, bytes.length), 'store')
}

export interface PureTrip {
  plan: Plan
  /** The document put together again; undefined when records did not fit. */
  text: string | undefined
  unfit: UnfitRecord[]
  /** Rows as PostgreSQL would send them, by table. */
  rows: Map<string, string[]>
}

/** Encodes a document by a plan (its own, unless one is given), passes the rows through the model, and decodes them. */
export async function pureTrip(text: string, given?: Plan): Promise<PureTrip> {
  const bytes = Buffer.from(text)
  const file = memoryFile(bytes)
  const profile = await profileStore(file, bytes.length)
  const plan = given ?? (await makePlan(file, profile, 'store'))
  const sources = sourcesOf(file, profile, plan)
  const trip: PureTrip = { plan, text: undefined, unfit: [], rows: new Map() }
  if (given) trip.unfit.push(...[...(await checkPlan(plan, sources)).values()].flat())
  for (const placed of tablesOf(plan)) await encode(placed, sources.get(placed.collection) as Source, trip)
  if (trip.unfit.length > 0) return trip
  const parts: string[] = []
  for (const collection of plan.collections) {
    const value = await decode(plan, collection, sources.get(collection.name) as Source, trip)
    if (value !== undefined)
      parts.push(plan.document === 'object' ? `${JSON.stringify(collection.name)}:${value}` : value)
  }
  trip.text = plan.document === 'object' ? `{${parts.join(',')}}` : (parts[0] ?? '')
  return trip
}

async function encode(placed: PlacedTable, source: Source, trip: PureTrip): Promise<void> {
  const batches: Buffer[] = []
  const written = await writeRows(source, placed, { send: (batch) => void batches.push(batch) })
  trip.unfit.push(...written.unfit)
  const types = typesOf(placed)
  const rows = Buffer.concat(batches)
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .map((row) => row.split('\t').map((field, i) => asPostgres(types[i] ?? 'json', field)))
  if (trip.unfit.length === 0) refuseRepeatedKeys(placed, rows)
  trip.rows.set(
    placed.table.name,
    rows.map((row) => row.join('\t')),
  )
}

function typesOf(placed: PlacedTable): (ColumnType | 'json')[] {
  const known = new Map([...placed.key, ...placed.table.columns].map((column) => [column.name, column.type]))
  return copyColumns(placed).names.map((name) => (name === ASIDE ? 'json' : (known.get(name) ?? 'bigint')))
}

/** The primary key: one row per key, numbers told apart by value. */
function refuseRepeatedKeys(placed: PlacedTable, rows: string[][]): void {
  const { names } = copyColumns(placed)
  const fields = placed.key.map((column) => ({ at: names.indexOf(column.name), type: column.type }))
  const isNumber = (type: string): boolean => ['bigint', 'numeric', 'double precision'].includes(type)
  const keys = rows.map((row) =>
    fields
      .map(({ at, type }) => (isNumber(type) ? canonicalNumber((row[at] ?? '').replace('e+', 'e')) : row[at]))
      .join('\t'),
  )
  if (new Set(keys).size < keys.length) throw new Error(`the primary key of ${placed.table.name} is there twice`)
}

async function decode(plan: Plan, collection: Collection, source: Source, trip: PureTrip): Promise<string | undefined> {
  if (collection.kind === 'values') return scalarOf(source)
  const tables = tablesOf(plan).filter((placed) => placed.collection === collection.name)
  const root = tables[0] as PlacedTable
  const reader = new TableReader(root, readerOf(root, trip), childrenOf(root, tables, trip))
  const records: string[] = []
  while (await reader.advance()) {
    const out = new Bytes(256)
    const name = new Bytes(64)
    const plain = new Bytes(64)
    reader.write(out)
    if (collection.kind === 'keyed') {
      reader.writeName(name)
      readField(name.data, 0, name.length, plain)
    }
    const label = collection.kind === 'keyed' ? `${JSON.stringify(plain.view().toString('utf8'))}:` : ''
    records.push(label + out.view().toString('utf8'))
  }
  if (collection.kind === 'singleton') return records[0]
  return collection.kind === 'keyed' ? `{${records.join(',')}}` : `[${records.join(',')}]`
}

function childrenOf(parent: PlacedTable, tables: PlacedTable[], trip: PureTrip): ChildReader[] {
  return parent.table.children.map(({ table }) => {
    const placed = tables.find((one) => one.table === table) as PlacedTable
    return new ChildReader(placed, readerOf(placed, trip), childrenOf(placed, tables, trip))
  })
}

function readerOf(placed: PlacedTable, trip: PureTrip): RowReader {
  const rows = trip.rows.get(placed.table.name) ?? []
  const chunk = Buffer.from(rows.map((row) => `${row}\n`).join(''))
  return new RowReader(chunked(chunk), copyColumns(placed).names.length)
}

async function* chunked(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes
}

async function scalarOf({ file, span }: Source): Promise<string> {
  const items = new Items(new Window(file, span.from, span.to), 'whole', new KeyTable())
  while (items.next() !== ITEM) await items.fill()
  const copy = new Bytes(256)
  const plain = new Bytes(256)
  writeJson(items.tape, 0, copy)
  const sent = Buffer.from(asPostgres('json', copy.view().toString('utf8')))
  readField(sent, 0, sent.length, plain)
  return plain.view().toString('utf8')
}
