import { writeJson } from '../codec/copy-text.ts'
import { writeMemberName } from '../codec/key-writer.ts'
import { valuesRowName } from '../codec/values.ts'
import { OutgrowError } from '../errors.ts'
import { Bytes } from '../jsonstore/bytes.ts'
import { ITEM, Items } from '../jsonstore/items.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import type { Source } from '../jsonstore/source.ts'
import { Window } from '../jsonstore/window.ts'
import type { Connection } from '../postgres/connect.ts'
import { copyIn } from '../postgres/copy-in.ts'
import { qualified } from '../postgres/ident.ts'
import { copyInSql } from '../schema/copy-columns.ts'
import { createKeys, createTables } from '../schema/ddl.ts'
import { type Collection, type Plan, POSITION, VALUES_TABLE } from '../schema/plan.ts'
import type { Statement } from '../schema/statement.ts'
import { type PlacedTable, tablesOf } from '../schema/tables.ts'
import { both } from './both.ts'
import { type Written, writeRows } from './write-rows.ts'

/** Figures of one collection: its records and the rows of its own table, and the asides in that one and those of its lists. */
export interface Loaded {
  name: string
  table: string
  records: number
  rows: number
  aside: number
  quarantined: number
}

export interface LoadOptions {
  sources: ReadonlyMap<string, Source>
  /** Positions per collection that go to quarantine instead. */
  skip: ReadonlyMap<string, ReadonlySet<number>>
  progress: (collection: string, records: number) => void
  /** Told of the steps, so that tests can interrupt there. */
  reached: (step: 'tables-created' | 'copying' | 'copied') => void
  /**
   * Begun when all rows are sent, while PostgreSQL builds keys and indexes and this process would only wait. The load has
   * ended when both have, and fails when either does.
   */
  meanwhile?: (() => Promise<void>) | undefined
}

/**
 * Creates the plan's tables and fills them, inside the caller's transaction, which must hold nothing of them yet: data
 * first, then keys and indexes, then statistics. Running again after a rollback is the recovery. Throws `refused` for a
 * record that the plan cannot take.
 */
export async function loadStore(connection: Connection, plan: Plan, options: LoadOptions): Promise<Loaded[]> {
  await runStatements(connection, createTables(plan))
  options.reached('tables-created')
  const loaded: Loaded[] = []
  for (const collection of plan.collections) {
    const source = options.sources.get(collection.name) as Source
    loaded.push(
      collection.kind === 'values'
        ? await loadValue(connection, plan, collection.name, source)
        : await loadCollection(connection, plan, collection, source, options),
    )
  }
  options.reached('copied')
  await both(finishTables(connection, plan, loaded), options.meanwhile?.())
  return loaded
}

/** Runs DDL in order; the first failure is the caller's. */
export async function runStatements(connection: Connection, statements: readonly Statement[]): Promise<void> {
  for (const { sql } of statements) await connection.query(sql)
}

async function loadCollection(
  connection: Connection,
  plan: Plan,
  collection: Collection & { kind: 'list' | 'keyed' | 'singleton' },
  source: Source,
  options: LoadOptions,
): Promise<Loaded> {
  const skip = options.skip.get(collection.name)
  const total: Loaded = {
    name: collection.name,
    table: collection.table.name,
    records: 0,
    rows: 0,
    aside: 0,
    quarantined: skip?.size ?? 0,
  }
  for (const placed of tablesOf(plan)) {
    if (placed.collection !== collection.name) continue
    const written = await copyRows(connection, plan, placed, source, options)
    if (placed.parent === undefined) Object.assign(total, { records: written.records, rows: written.rows })
    total.aside += written.asides
  }
  return total
}

async function copyRows(
  connection: Connection,
  plan: Plan,
  placed: PlacedTable,
  source: Source,
  options: LoadOptions,
): Promise<Written> {
  const copy = copyIn(connection, copyInSql(plan.schema, placed))
  try {
    const written = await writeRows(source, placed, {
      send: async (batch) => {
        await copy.write(batch)
        options.reached('copying')
      },
      skip: options.skip.get(placed.collection),
      progress: (records) => options.progress(placed.collection, records),
    })
    const unfit = written.unfit[0]
    if (unfit) throw unfitRecord(placed, unfit, written.unfit.length)
    const rows = await copy.end()
    if (rows !== written.rows) throw miscounted(placed, written.rows, rows)
    return written
  } catch (error) {
    await copy.abort('outgrow gave up')
    throw error
  }
}

async function loadValue(connection: Connection, plan: Plan, name: string, source: Source): Promise<Loaded> {
  const out = new Bytes(1024)
  writeMemberName(valuesRowName(name), out)
  out.push(9)
  const window = new Window(source.file, source.span.from, source.span.to)
  const items = new Items(window, 'whole', new KeyTable())
  while (items.next() !== ITEM) await items.fill()
  writeJson(items.tape, 0, out)
  out.push(10)
  const copy = copyIn(
    connection,
    `copy ${qualified(plan.schema, VALUES_TABLE)} (name, value) from stdin with (freeze true)`,
  )
  try {
    await copy.write(out.view())
    await copy.end()
  } catch (error) {
    await copy.abort('outgrow gave up')
    throw error
  }
  return { name, table: VALUES_TABLE, records: 1, rows: 1, aside: 0, quarantined: 0 }
}

/** Keys and indexes; new records take the places after those that were loaded; and the planner learns what it has. */
async function finishTables(connection: Connection, plan: Plan, loaded: readonly Loaded[]): Promise<void> {
  await connection.query(`set local maintenance_work_mem = '256MB'`)
  await runStatements(connection, createKeys(plan))
  for (const { table, records } of loaded) {
    if (table === VALUES_TABLE) continue
    const next = `alter column ${POSITION} restart with ${records + 1}`
    await connection.query(`alter table ${qualified(plan.schema, table)} ${next}`)
  }
  const names = tablesOf(plan).map((placed) => qualified(plan.schema, placed.table.name))
  if (names.length > 0) await connection.query(`analyze ${names.join(', ')}`)
}

function unfitRecord(placed: PlacedTable, unfit: Written['unfit'][number], count: number): OutgrowError {
  const place = `/${placed.collection}/${unfit.position}`
  return new OutgrowError(
    'refused',
    `${count} records do not fit the plan; the first, ${place}: ${unfit.column}: ${unfit.reason}.`,
    {
      place,
      next: 'Widen the plan, mend the records, or pass --quarantine.',
    },
  )
}

function miscounted(placed: PlacedTable, sent: number, taken: number): OutgrowError {
  return new OutgrowError('failure', `${sent} rows were sent to ${placed.table.name}, PostgreSQL counted ${taken}.`, {
    place: placed.table.name,
    next: 'Nothing was committed: report this with the plan.',
  })
}
