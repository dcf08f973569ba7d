import { mkdir, readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sourcesOf } from '../../src/infer/sources.ts'
import { profileStore } from '../../src/infer/store-profile.ts'
import { ensureBookkeeping } from '../../src/journal/bookkeeping.ts'
import { saveStore } from '../../src/journal/stores.ts'
import type { Source } from '../../src/jsonstore/source.ts'
import { loadStore, runStatements } from '../../src/load/load-store.ts'
import { type Connection, connect } from '../../src/postgres/connect.ts'
import { copyOut } from '../../src/postgres/copy-out.ts'
import { inTransaction } from '../../src/postgres/transaction.ts'
import { copyOutSql } from '../../src/schema/copy-columns.ts'
import { dropSchema, dropTables } from '../../src/schema/ddl.ts'
import type { Plan } from '../../src/schema/plan.ts'
import { writePlan } from '../../src/schema/plan-file.ts'
import { tablesOf } from '../../src/schema/tables.ts'
import { compareStore } from '../../src/verbs/compare-store.ts'
import { exportPlan } from '../../src/verbs/export.ts'
import type { Tally } from '../../src/verify/tally.ts'
import { type Lab, openLab } from '../helpers/verbs.ts'
import { expectSame, seeds, sizes } from './laws.ts'
import { drawMutation, type Mutation } from './mutations.ts'
import { memoryFile, type PureTrip, pureTrip } from './pure-trip.ts'
import { Dice, drawStore } from './stores.ts'

/** Documents that go through a server, and the changes that are tried on each. */
const DOCUMENTS = Number(process.env.OUTGROW_PROPERTY_DOCUMENTS ?? 300)
const MUTATIONS = 5

let lab: Lab
let connection: Connection
beforeAll(async () => {
  lab = await openLab()
  await mkdir(lab.context.work, { recursive: true })
  connection = await connect(lab.database.url, { application: 'property' })
  await ensureBookkeeping(connection)
})
afterAll(async () => {
  await connection.end()
  await lab.close()
})

interface Moved {
  trip: PureTrip
  sources: Map<string, Source>
}

async function prepared(text: string): Promise<Moved> {
  const trip = await pureTrip(text)
  const bytes = Buffer.from(text)
  const file = memoryFile(bytes)
  return { trip, sources: sourcesOf(file, await profileStore(file, bytes.length), trip.plan) }
}

function load({ trip, sources }: Moved): Promise<unknown> {
  return loadStore(connection, trip.plan, { sources, skip: new Map(), progress: () => {}, reached: () => {} })
}

function compare({ trip, sources }: Moved): Promise<Tally> {
  return compareStore(connection, trip.plan, sources, { spool: lab.context.work, progress: () => {} })
}

/** Rows of every table as PostgreSQL sends them, in the order of the document. */
async function rowsOf(plan: Plan): Promise<Map<string, string[]>> {
  const rows = new Map<string, string[]>()
  for (const placed of tablesOf(plan)) {
    const chunks: Buffer[] = []
    for await (const chunk of copyOut(connection, copyOutSql(plan.schema, placed))) chunks.push(Buffer.from(chunk))
    rows.set(placed.table.name, Buffer.concat(chunks).toString('utf8').split('\n').slice(0, -1))
  }
  return rows
}

test(`${DOCUMENTS} documents through PostgreSQL and back; its rows are those of the model`, {
  timeout: 600_000,
}, async () => {
  const law = fc.asyncProperty(seeds, sizes, async (seed, size) => {
    const text = drawStore({ seed, size })
    const moved = await prepared(text)
    const { plan } = moved.trip
    try {
      await inTransaction(connection, async (sql) => {
        await load(moved)
        await saveStore(sql, plan, writePlan(plan))
      })
      expect(await rowsOf(plan), text).toEqual(moved.trip.rows)
      expect(await compare(moved), text).toMatchObject({ mismatches: 0 })
      const out = lab.path('export.json')
      await exportPlan(lab.context, connection, plan, out)
      expectSame(text, await readFile(out, 'utf8'))
    } finally {
      await runStatements(connection, [...dropTables(plan), dropSchema(plan)])
    }
  })
  await fc.assert(law, { numRuns: DOCUMENTS })
})

test(`one change in PostgreSQL is a difference with its place: ${DOCUMENTS} documents`, {
  timeout: 600_000,
}, async () => {
  const kinds = new Map<string, number>()
  const law = fc.asyncProperty(seeds, sizes, async (seed, size) => {
    const text = drawStore({ seed, size })
    const moved = await prepared(text)
    const dice = new Dice(seed + 2)
    await connection.query('begin')
    try {
      await load(moved)
      for (let n = 0; n < MUTATIONS; n++) {
        const mutation = drawMutation(moved.trip, dice)
        if (!mutation) continue
        await connection.query('savepoint before')
        if (((await connection.query(mutation.sql)).rowCount ?? 0) > 0) {
          expectBite(await compare(moved), mutation, text)
          kinds.set(mutation.kind, (kinds.get(mutation.kind) ?? 0) + 1)
        }
        await connection.query('rollback to savepoint before')
      }
    } finally {
      await connection.query('rollback')
    }
  })
  await fc.assert(law, { numRuns: DOCUMENTS })
  // Each kind of change was tried, or the law says nothing about it.
  expect([...kinds.keys()].sort()).toEqual(['aside', 'delete', 'exchange', 'insert', 'member', 'value'])
})

function expectBite(tally: Tally, { what, places }: Mutation, text: string): void {
  const pointers = tally.listed.map((mismatch) => mismatch.pointer)
  expect(tally.mismatches, `${what}\n${text}`).toBeGreaterThanOrEqual(1)
  const isRight = pointers.some((pointer) =>
    places.some((place) => pointer === place || pointer.startsWith(`${place}/`)),
  )
  expect(isRight, `${what}: ${pointers.join(', ')} instead of ${places.join(' or ')}\n${text}`).toBe(true)
}
