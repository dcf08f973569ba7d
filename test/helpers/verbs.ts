import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { findRun, type Run } from '../../src/journal/runs.ts'
import { silent } from '../../src/log.ts'
import { type Connection, connect } from '../../src/postgres/connect.ts'
import type { Plan, Table } from '../../src/schema/plan.ts'
import { planProblems } from '../../src/schema/plan-check.ts'
import { readPlan, writePlan } from '../../src/schema/plan-file.ts'
import { tablesOf } from '../../src/schema/tables.ts'
import type { Context } from '../../src/verbs/context.ts'
import { exportStore } from '../../src/verbs/export.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import type { MigrateRequest } from '../../src/verbs/migrate-request.ts'
import { rollback } from '../../src/verbs/rollback.ts'
import { type VerifyReport, verify } from '../../src/verbs/verify.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { exactDifferences, parseExact } from './exact-json.ts'

/** A database and folders in which stores are moved by the verbs themselves, in this process. */
export interface Lab {
  context: Context
  database: TestDatabase
  /** Writes a store file and gives its path; a path of its own each time. */
  file(content: string | Uint8Array, name?: string): Promise<string>
  /** A path in the lab's folder where nothing is yet. */
  path(name: string): string
  /** A session of the test's own. */
  query<R extends object = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<R[]>
  /** A store name that no other in this lab has. */
  name(): string
  close(): Promise<void>
}

/** A lab with a fresh database; `close` leaves nothing of it. */
export async function openLab(): Promise<Lab> {
  const database = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'outgrow-lab-'))
  const session: Connection = await connect(database.url, { application: 'test' })
  let count = 0
  const path = (name: string): string => join(folder, `${++count}-${name}`)
  return {
    context: {
      url: database.url,
      backups: join(folder, 'backups'),
      work: join(folder, 'work'),
      pages: join(folder, 'pages'),
      actor: 'tester',
      tool: 'outgrow test',
      log: silent,
      progress: () => {},
      failpoint: () => {},
    },
    database,
    file: async (content, name = 'store.json') => {
      const target = path(name)
      await writeFile(target, content)
      return target
    },
    path,
    query: async (sql, values) => (await session.query(sql, values)).rows as never[],
    name: () => `store ${++count}`,
    close: async () => {
      await session.end()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** `migrate` with the defaults of the command line. */
export function move(lab: Lab, file: string, more: Partial<MigrateRequest> = {}): ReturnType<typeof migrate> {
  const name = more.name ?? lab.name()
  return migrate(lab.context, {
    file,
    owner: 'the team',
    dryRun: false,
    quarantine: false,
    duplicateKeys: 'refuse',
    ...more,
    name,
  })
}

/** A store that was moved, and what came of it; still in PostgreSQL until `undo`. */
export interface Moved {
  name: string
  file: string
  plan: Plan
  run: Run
  report: Awaited<ReturnType<typeof migrate>>
  exported: Buffer
  /** Rolls back, and proves that nothing is left in PostgreSQL. */
  undo(): Promise<void>
}

/**
 * Moves a document and holds every promise on the way: committed, verified equal, exported equal in value by the tests' own
 * comparison, the plan sound and the same when read again, the source untouched.
 */
export async function moved(
  lab: Lab,
  source: string | Uint8Array | { path: string },
  more: Partial<MigrateRequest> = {},
): Promise<Moved> {
  const file = typeof source === 'object' && 'path' in source ? source.path : await lab.file(source)
  const before = await fingerprint(file)
  const report = await move(lab, file, more)
  expect(report.status).toBe('committed')
  expect(report.verification.mismatches).toBe(0)
  const verified = await verify(lab.context, report.store, file, { duplicateKeys: more.duplicateKeys ?? 'refuse' })
  expect(verified).toMatchObject({ equal: true, differences: 0 })
  const run = (await withSession(lab, (session) => findRun(session, report.run ?? ''))) as Run
  const plan = await planOf(lab, report.store)
  expectSound(plan)
  const exported = await exportedText(lab, report.store)
  expect(await fingerprint(file)).toEqual(before)
  return { name: report.store, file, plan, run, report, exported, undo: () => undo(lab, report.store, plan) }
}

/** `moved`, compared by value with the source, and rolled back: what most tests want. */
export async function roundTrip(
  lab: Lab,
  source: string | Uint8Array | { path: string },
  more: Partial<MigrateRequest> = {},
): Promise<Moved> {
  const trip = await moved(lab, source, more)
  const original = await readFile(trip.file)
  expect(exactDifferences(parseExact(withoutMark(original)), parseExact(trip.exported))).toEqual([])
  await trip.undo()
  return trip
}

async function undo(lab: Lab, name: string, plan: Plan): Promise<void> {
  const report = await rollback(lab.context, name, { owner: 'the team' })
  expect(report.now).toBe('absent')
  expect(await lab.query('select 1 from pg_namespace where nspname = $1::text', [plan.schema])).toEqual([])
}

/** The plan in force. */
export async function planOf(lab: Lab, name: string): Promise<Plan> {
  const [row] = await lab.query<{ plan: string }>('select plan::text from outgrow.store where name = $1::text', [name])
  return JSON.parse(row?.plan ?? '') as Plan
}

/** A plan that was inferred is one that the checker takes, and that survives being written and read. */
export function expectSound(plan: Plan): void {
  expect(planProblems(plan)).toEqual([])
  expect(JSON.parse(writePlan(plan))).toEqual(plan)
  expect(readPlan(writePlan(plan), 'plan')).toEqual(plan)
}

export async function exportedText(lab: Lab, name: string): Promise<Buffer> {
  const out = lab.path('export.json')
  await exportStore(lab.context, name, out)
  return readFile(out)
}

/** `verify` of a moved store against the file it came from. */
export function verified(lab: Lab, { name, file }: Moved): Promise<VerifyReport> {
  return verify(lab.context, name, file, { duplicateKeys: 'refuse' })
}

/** Everything that a reader of a file could notice: bytes, name, size and times. */
export async function fingerprint(file: string): Promise<Record<string, unknown>> {
  const { dev, ino, size, mtimeMs, mode, nlink } = await stat(file)
  return {
    dev,
    ino,
    size,
    mtimeMs,
    mode,
    nlink,
    sha256: createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  }
}

/** The table of the plan with this name. */
export function tableOf(plan: Plan, name: string): Table {
  const found = tablesOf(plan).find((placed) => placed.table.name === name)
  if (!found) throw new Error(`the plan has no table ${name}: ${tablesOf(plan).map((one) => one.table.name)}`)
  return found.table
}

/** Type of each column of a table, by name. */
export function typesOf(plan: Plan, name: string): Record<string, string> {
  return Object.fromEntries(tableOf(plan, name).columns.map((column) => [column.name, column.type]))
}

/** Ids of the plan's notes, each with its pointer. */
export function notesOf(plan: Plan): string[] {
  return plan.notes.map((note) => `${note.id} ${note.pointer}`)
}

async function withSession<T>(lab: Lab, use: (session: Connection) => Promise<T>): Promise<T> {
  const session = await connect(lab.context.url, { application: 'test' })
  try {
    return await use(session)
  } finally {
    await session.end()
  }
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).toString('hex') === 'efbbbf' ? bytes.subarray(3) : bytes
}
