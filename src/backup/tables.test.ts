import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../../test/helpers/database.ts'
import { composite, hostileNames, ideaBank } from '../../test/helpers/plans.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { copyOut } from '../postgres/copy-out.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { contractSql } from '../schema/contract.ts'
import { expandSql } from '../schema/ddl.ts'
import type { Plan } from '../schema/plan.ts'
import { copyTables } from './copy-tables.ts'
import { tableFile } from './names.ts'
import { type BackupOptions, openBackup } from './open-backup.ts'
import { readContentText } from './read-file.ts'
import { restoreTables } from './restore.ts'
import { testRestore } from './test-restore.ts'
import { verifyBackup } from './verify-backup.ts'

const database = await testDatabase()
let connection: Connection
let root: string

beforeAll(async () => {
  connection = await connect(database.url)
  root = await mkdtemp(join(tmpdir(), 'outgrow-tables-'))
})

afterAll(async () => {
  await connection.end()
  await database.drop()
  await rm(root, { recursive: true })
})

beforeEach(async () => {
  await connection.query('drop schema if exists idea_bank, shop, "sto""re", copy cascade')
})

async function create(plan: Plan): Promise<void> {
  for (const { sql } of expandSql(plan).up) await connection.query(sql)
}

/** Rows with what COPY text must escape, NULLs, asides, and children out of the order of their parents. */
async function fillIdeaBank(): Promise<void> {
  await create(ideaBank())
  await connection.query(`
    insert into idea_bank.ideas (id, title, priority, tags, score, budget, extra, created_at, _position, _aside)
    select 'id ' || i, case when i % 3 = 0 then E'tab\\t line\\n back\\\\ \\\\. ü' else 't' end,
           case when i % 2 = 0 then 'low' end, array['a,b', '{"', null], i / 3.0, 1.10, '{"a": [1, null]}',
           timestamptz '2024-01-01Z' + i * interval '1 ms', 2000 - i, case when i = 7 then '{"x":1.0}'::json end
      from generate_series(1, 1000) i`)
  await connection.query(`
    insert into idea_bank.ideas_comments (_parent_id, _ordinal, text)
    select 'id ' || i, o, 'comment' from generate_series(1, 1000) i, generate_series(0, 2) o order by random()`)
  await connection.query(`insert into idea_bank.store_values values ('tagNames', '["b" , "a"]')`)
}

async function backUp(plan: Plan, options: BackupOptions = {}) {
  const writer = await openBackup(root, { store: plan.store, kind: 'manual', run: 'aabbccdd' }, options)
  const details = await inTransaction(connection, (sql) => copyTables(writer, sql, plan), {
    isolation: 'repeatable read',
    readOnly: true,
  })
  return writer.finish(details)
}

async function rowsOf(sql: string): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of copyOut(connection, sql)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const dump = async (schema: string): Promise<string[]> =>
  Promise.all([
    await rowsOf(`copy (select * from ${schema}.ideas order by id) to stdout`),
    await rowsOf(`copy (select * from ${schema}.ideas_comments order by 1, 2) to stdout`),
    await rowsOf(`copy ${schema}.store_values to stdout`),
  ])

test('tables come back as they were, with keys, positions and statistics', async () => {
  await fillIdeaBank()
  const before = await dump('idea_bank')
  const { path, manifest } = await backUp(ideaBank())
  const counts = Object.fromEntries(
    manifest.files.flatMap((file) => (file.rows === undefined ? [] : [[file.name, file.rows]])),
  )
  expect(counts).toMatchObject({
    'tables/ideas.copy': 1000,
    'tables/ideas_comments.copy': 3000,
    'tables/store_values.copy': 1,
  })
  expect((await verifyBackup(path)).problems).toEqual([])
  const text = await readContentText(path, 'tables/ideas_comments.copy', undefined)
  expect(text.split('\n').slice(0, 2)).toEqual(['id 1000\t0\t\\N\tcomment\t\\N', 'id 1000\t1\t\\N\tcomment\t\\N'])

  await connection.query('drop schema idea_bank cascade')
  const restored = await inTransaction(connection, (sql) => restoreTables(sql, path))
  expect(restored.tables).toEqual(expect.arrayContaining([{ name: 'ideas_comments', rows: 3000 }]))
  expect(await dump('idea_bank')).toEqual(before)
  const { rows } = await connection.query<{ _position: string }>(
    `insert into idea_bank.ideas (id) values ('new') returning _position::text`,
  )
  expect(rows).toEqual([{ _position: '2000' }])
  await expect(connection.query(`insert into idea_bank.ideas (id) values ('new')`)).rejects.toThrow('duplicate key')
  const { rows: planned } = await connection.query(
    `select count(*)::int as columns from pg_stats where schemaname = 'idea_bank' and tablename = 'ideas_comments'`,
  )
  expect(planned).toEqual([{ columns: 5 }])
})

test('tables that are there are not restored over, and the transaction leaves them', async () => {
  await fillIdeaBank()
  const before = await dump('idea_bank')
  const { path } = await backUp(ideaBank())
  const failure = inTransaction(connection, (sql) => restoreTables(sql, path))
  await expect(failure).rejects.toMatchObject({ code: 'target-occupied' })
  expect(await dump('idea_bank')).toEqual(before)
  await inTransaction(connection, (sql) => restoreTables(sql, path, { schema: 'copy' }))
  expect(await dump('copy')).toEqual(before)
})

test('a restore test leaves nothing behind, and is equal for a good backup', async () => {
  await fillIdeaBank()
  const { path } = await backUp(ideaBank())
  const schemas = () => rowsOf('copy (select nspname from pg_namespace order by 1) to stdout')
  const before = await schemas()
  const tested = await testRestore(connection, path)
  expect(tested).toMatchObject({ equal: true })
  expect(tested.tables.every((table) => table.equal && table.sameOrder)).toBe(true)
  expect(tested.seconds).toBeGreaterThan(0)
  expect(await schemas()).toBe(before)
})

test('a restore test compares: rows in another order are equal, a row less is not', async () => {
  await fillIdeaBank()
  const plan = ideaBank()
  const forged = async (change: (rows: string[]) => string[]) => {
    const writer = await openBackup(root, { store: plan.store, kind: 'manual', run: 'forged' })
    const inner = { ...writer, file: async (name: string) => forging(name, await writer.file(name)) }
    const forging = (name: string, file: Awaited<ReturnType<typeof writer.file>>) => {
      if (name !== tableFile('ideas_comments')) return file
      const chunks: Buffer[] = []
      const close = async () => {
        const rows = Buffer.concat(chunks).toString().trimEnd().split('\n')
        await file.write(Buffer.from(`${change(rows).join('\n')}\n`))
        return file.close()
      }
      return { write: (bytes: Uint8Array) => void chunks.push(Buffer.from(bytes)), close }
    }
    return testRestore(connection, (await writer.finish(await copyTables(inner, connection, plan))).path)
  }
  const comments = (test: Awaited<ReturnType<typeof forged>>) =>
    test.tables.find((one) => one.name === 'ideas_comments')
  expect(comments(await forged((rows) => rows.toReversed()))).toMatchObject({ equal: true, sameOrder: false })
  // `+0` is read as 0, so what comes back is not what the backup says.
  const other = await forged((rows) => rows.map((row) => row.replace('\t0\t', '\t+0\t')))
  expect(comments(other)).toMatchObject({ equal: false })
  expect(other.equal).toBe(false)
})

test('a damaged backup is refused before the database is touched', async () => {
  await fillIdeaBank()
  const { path } = await backUp(ideaBank())
  const file = join(path, tableFile('ideas'))
  await writeFile(file, (await readFile(file, 'utf8')).replace('id 5\t', 'id 6\t'))
  await connection.query('drop schema idea_bank cascade')
  const failure = inTransaction(connection, (sql) => restoreTables(sql, path))
  await expect(failure).rejects.toMatchObject({
    code: 'backup-damaged',
    message: expect.stringContaining('cannot be restored'),
    place: file,
  })
  const { rows } = await connection.query(`select from pg_namespace where nspname = 'idea_bank'`)
  expect(rows).toEqual([])
})

test('an encrypted backup holds nothing in clear, and asks for its key by id', async () => {
  await fillIdeaBank()
  const key = { key: randomBytes(32), keyId: 'vault-7' }
  const { path } = await backUp(ideaBank(), { key })
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === 'SHA256SUMS') continue
    expect(entry.name).toMatch(/\.enc$/)
    const bytes = await readFile(join(entry.parentPath, entry.name))
    for (const word of ['comment', 'idea_bank', 'Idea Bank', 'create table']) expect(bytes.includes(word)).toBe(false)
  }
  expect((await verifyBackup(path, { key })).problems).toEqual([])
  expect((await testRestore(connection, path, { key })).equal).toBe(true)
  for (const wrong of [undefined, { key: key.key, keyId: 'other' }]) {
    const options = wrong === undefined ? {} : { key: wrong }
    const [problem] = (await verifyBackup(path, options)).problems
    expect(problem).toMatchObject({ problem: 'key', message: expect.stringContaining('"vault-7"') })
    await expect(testRestore(connection, path, options)).rejects.toMatchObject({
      code: 'backup-damaged',
      message: expect.stringContaining('"vault-7"'),
    })
  }
  const changed = { key: { key: randomBytes(32), keyId: 'vault-7' } }
  expect((await verifyBackup(path, changed)).problems[0]?.message).toContain('not authentic')
})

test('columns that contract dropped are not missed, and columns that somebody added are kept', async () => {
  const plan = ideaBank()
  await fillIdeaBank()
  await connection.query(`insert into idea_bank.categories (id) values (3), (1), (2)`)
  for (const { sql } of contractSql(plan).up) await connection.query(sql)
  await connection.query('alter table idea_bank.categories add column "Added by" varchar(9) default $$me$$')
  await connection.query('create table idea_bank.other (x int)')
  const before = await rowsOf('copy (select id, parent, "Added by" from idea_bank.categories order by id) to stdout')
  const { path, manifest } = await backUp(plan)
  expect(manifest.remarks).toEqual([
    'Table other of the schema is not in the plan, and not in this backup.',
    'Column categories.Added by is not in the plan: it is restored without its default and constraints.',
  ])
  expect((await testRestore(connection, path)).equal).toBe(true)
  await connection.query('drop schema idea_bank cascade')
  await inTransaction(connection, (sql) => restoreTables(sql, path))
  expect(await rowsOf('copy (select id, parent, "Added by" from idea_bank.categories order by id) to stdout')).toBe(
    before,
  )
})

test('a plan whose table is not in the database is refused by name', async () => {
  await fillIdeaBank()
  await connection.query('drop table idea_bank.settings')
  const writer = await openBackup(root, { store: 'Idea Bank', kind: 'manual', run: 'x' })
  await expect(copyTables(writer, connection, ideaBank())).rejects.toMatchObject({ place: 'idea_bank.settings' })
  await writer.discard()
})

test.each([
  ['hostile names', hostileNames()],
  ['keys of several columns', composite()],
])('%s survive', async (_, plan) => {
  await create(plan)
  const { path } = await backUp(plan)
  expect((await testRestore(connection, path)).equal).toBe(true)
})

test('psql restores the tables from the manifest alone', async ({ skip }) => {
  if (!hasPsql()) skip('psql is not installed')
  const hostile = hostileNames()
  await fillIdeaBank()
  await create(hostile)
  const backups = [await backUp(ideaBank()), await backUp(hostile)]
  const before = await dump('idea_bank')
  await connection.query('drop schema idea_bank, "sto""re" cascade')
  for (const { path, manifest } of backups) {
    const script = `set -e\n${manifest.restore.join('\n')}`
    await promisify(execFile)('sh', ['-c', script], { cwd: path, env: { ...process.env, DATABASE_URL: database.url } })
  }
  expect(await dump('idea_bank')).toEqual(before)
})

function hasPsql(): boolean {
  try {
    execFileSync('psql', ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
