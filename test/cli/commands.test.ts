import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/postgres/connect.ts'
import { takeRunLock } from '../../src/postgres/lock.ts'
import { type TestDatabase, testDatabase } from '../helpers/database.ts'
import { type Ended, IDEA_BANK, outgrow } from './outgrow.ts'

const NAME = 'idea-bank'
let database: TestDatabase
let folder: string
let url: string

beforeAll(async () => {
  database = await testDatabase()
  url = database.url
  folder = await mkdtemp(join(tmpdir(), 'outgrow-cli-'))
  await copyFile(IDEA_BANK, join(folder, 'db.json'))
})
afterAll(async () => {
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

/** On the test database, which goes by the environment. */
const run = (...args: string[]): Promise<Ended> => outgrow(args, folder, { OUTGROW_DATABASE_URL: url })

/** One JSON document on stdout and nothing else; the rest of the promises are checked on every command. */
async function json(...args: string[]) {
  const ended = await run(...args, '--json')
  expect(ended.stderr.replace(/^(Error|Next|Warning): .*\n/gm, '')).toBe('')
  return { ...ended, document: JSON.parse(ended.stdout) }
}

function human(ended: Ended, exit = 0): string {
  expect([ended.code, ended.stderr]).toEqual([exit, ''])
  expect(ended.stdout).toMatch(/\n\nNext: [^\n]+\n$/)
  expect(ended.stdout).not.toContain('\u001b')
  return ended.stdout
}

test('inspect tells what is in a store, needs no database, and leaves nothing behind', async () => {
  const { code, document } = await json('inspect', 'db.json')
  expect(code).toBe(0)
  expect(document).toMatchObject({ file: 'db.json', document: 'object', references: [] })
  expect(document.sha256).toMatch(/^[0-9a-f]{64}$/)
  expect(document.collections).toMatchObject([
    { name: 'ideas', kind: 'list', records: 12, key: '/id' },
    { name: 'categories', kind: 'list', records: 6, key: '/id' },
  ])
  expect(document.collections[0].fields).toContainEqual({
    ...{ pointer: '/updatedAt', types: { string: 6 }, missing: 0, nulls: 6 },
    ...{ column: 'updated_at', type: 'timestamptz' },
  })
  expect(human(await run('inspect', 'db.json'))).toContain('ideas  list, 12 records, key /id\n')
  expect(await readdir(folder)).toEqual(['db.json'])
})

test('plan writes its files, tells where, and is quiet when told', async () => {
  const text = human(await run('plan', 'db.json', '--name', NAME, '--out', 'plans', '--emit', 'prisma'))
  expect(text).toContain('plans/001_expand_idea_bank.sql')
  const { document } = await json('plan', 'db.json', '--name', NAME, '--out', 'plans')
  expect(document).toMatchObject({ store: NAME, plan: { schema: 'idea_bank' } })
  for (const file of document.files) expect(await readFile(join(folder, file), 'utf8')).not.toBe('')
  const quiet = await run('plan', 'db.json', '--name', NAME, '--out', 'plans', '--quiet')
  expect([quiet.code, quiet.stderr]).toEqual([0, ''])
  expect(quiet.stdout).not.toContain('Next:')
})

test('a dry run does everything and leaves nothing', async () => {
  const { code, document } = await json('migrate', 'db.json', '--name', NAME, '--dry-run')
  expect(code).toBe(0)
  expect(document).toMatchObject({ run: null, status: 'dry-run', verification: { records: 18, mismatches: 0 } })
  const again = await json('verify', NAME, '--against', 'db.json')
  expect([again.code, again.document.error.code]).toEqual([5, 'unknown-store'])
})

test('migrate prints the contract; again it is unchanged', async () => {
  const { code, document } = await json('migrate', 'db.json', '--name', NAME, '--owner', 'ana')
  expect(code).toBe(0)
  expect(document).toEqual({
    run: expect.stringMatching(/^[0-9a-f-]{36}$/),
    ...{ store: NAME, status: 'committed' },
    collections: [
      { name: 'ideas', table: 'ideas', records: 12, rows: 12, aside: expect.any(Number), quarantined: 0 },
      { name: 'categories', table: 'categories', records: 6, rows: 6, aside: 0, quarantined: 0 },
    ],
    verification: { records: 18, mismatches: 0 },
    backup: { before: expect.any(String), after: expect.any(String) },
    seconds: Object.fromEntries(
      ['read', 'infer', 'backup', 'load', 'verify', 'total'].map((phase) => [phase, expect.any(Number)]),
    ),
  })
  expect(document.backup.before.startsWith(join(folder, '.outgrow', 'backups'))).toBe(true)
  expect(human(await run('migrate', 'db.json', '--name', NAME))).toMatch(/^Unchanged: /)
  expect(await readdir(join(folder, '.outgrow', 'work'))).toEqual([])
})

test('verify is 0 when equal, and 3 with every difference when not', async () => {
  const equal = await json('verify', NAME, '--against', 'db.json')
  expect([equal.code, equal.document]).toEqual([
    0,
    { store: NAME, records: 18, equal: true, differences: 0, mismatches: [] },
  ])
  const text = await readFile(join(folder, 'db.json'), 'utf8')
  await writeFile(join(folder, 'other.json'), text.replace('"votes": 14', '"votes": 15'))
  const different = await json('verify', NAME, '--against', 'other.json')
  expect([different.code, different.document]).toEqual([
    3,
    {
      ...{ store: NAME, records: 18, equal: false, differences: 1 },
      mismatches: [{ pointer: '/ideas/6/votes', kind: 'value', source: '15', target: '14' }],
    },
  ])
  expect(human(await run('verify', NAME, '--against', 'other.json'), 3)).toMatch(/^Different: 1 difference in/)
})

test('export writes a document that is equal in value', async () => {
  const { code, document } = await json('export', NAME, '--out', 'out.json')
  expect(code).toBe(0)
  expect(document).toMatchObject({ store: NAME, out: 'out.json', records: 18 })
  const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'))
  expect(await read('out.json')).toEqual(await read('db.json'))
})

test('backups are made, listed, checked, tested, and restored to a file', async () => {
  const created = await json('backup', 'create', NAME, '--note', 'before the release')
  expect([created.code, created.document.manifest.note]).toEqual([0, 'before the release'])
  const id: string = created.document.manifest.name
  const listed = await json('backup', 'list', NAME)
  expect(listed.document.backups.map((one: { kind: string }) => one.kind)).toEqual(['before', 'after', 'manual'])
  const verified = await json('backup', 'verify', NAME, '--restore-test')
  expect(verified.code).toBe(0)
  expect(verified.document.backups.at(-1)).toMatchObject({ name: id, problems: [], restoreTest: { equal: true } })
  const restored = await json('backup', 'restore', NAME, '--backup', id, '--file', 'restored.json')
  expect(restored.document).toEqual({ backup: id, file: 'restored.json', tables: [] })
  expect((await json('verify', NAME, '--against', 'restored.json')).code).toBe(0)
  const nothing = await json('backup', 'restore', NAME, '--backup', id)
  expect([nothing.code, nothing.document.error.code]).toEqual([2, 'usage'])
  await writeFile(join(folder, '.outgrow', 'backups', NAME, id, 'store.json'), '{}')
  const damaged = await json('backup', 'verify', NAME, '--backup', id)
  expect([damaged.code, damaged.document.backups[0].problems.length]).toEqual([3, 1])
})

test('log shows the migration log, the audit log, and whether its chain holds', async () => {
  const { document } = await json('log', NAME)
  expect(document.migrations).toMatchObject([{ store: NAME, owner: 'ana', verb: 'migrate' }])
  expect(human(await run('log'))).toContain('Migrate idea-bank to PostgreSQL: 18 records in 2 collections')
  const audit = await json('log', '--audit', '--limit', '1')
  expect(audit.document.entries).toMatchObject([{ store: NAME, act: 'backup', outcome: 'done' }])
  const whole = await json('log', '--check')
  expect([whole.code, whole.document.ok]).toEqual([0, true])
})

test('a run that another one locks out ends with 4 and names it', async () => {
  const lock = await takeRunLock(url, NAME, 'a test of')
  try {
    const { code, document } = await json('migrate', 'other.json', '--name', NAME)
    expect([code, document.status, document.error.code]).toEqual([4, 'refused', 'locked'])
    expect(document.error.message).toContain('a test of idea-bank')
  } finally {
    await lock.release()
  }
})

test('records that a plan cannot take refuse the run with 3; in quarantine they are counted, and it is 3 too', async () => {
  const path = join(folder, 'plans', 'idea_bank.plan.json')
  const plan = JSON.parse(await readFile(path, 'utf8'))
  plan.collections[0].table.proposals.push({ kind: 'not-null', column: 'description', enabled: true, evidence: {} })
  await writeFile(join(folder, 'narrow.json'), JSON.stringify(plan))
  const args = ['migrate', 'db.json', '--name', NAME, '--plan', 'narrow.json']
  const refused = await json(...args)
  expect(refused.code).toBe(3)
  expect(refused.document).toMatchObject({ run: null, store: NAME, status: 'refused', collections: [] })
  expect(refused.document.error).toMatchObject({ code: 'refused', place: '/ideas/11', next: expect.any(String) })
  expect(refused.stderr).toMatch(/^Error: The plan cannot take 1 record[^\n]*\nNext: .*--quarantine.*\n$/)
  const taken = await json(...args, '--quarantine')
  expect([taken.code, taken.document.status]).toEqual([3, 'committed'])
  expect(taken.document.collections[0]).toMatchObject({ records: 12, rows: 11, quarantined: 1 })
})

test('rollback undoes run by run, and says when nothing is left to undo', async () => {
  const { code, document } = await json('rollback', NAME, '--owner', 'rui')
  expect([code, document.store, document.undone.length]).toEqual([0, NAME, 1])
  expect(document.now).toEqual({ run: expect.any(String) })
  expect((await json('verify', NAME, '--against', 'db.json')).code).toBe(0)
  expect(human(await run('rollback', NAME))).toContain('nothing of it is in PostgreSQL')
  const nothing = await json('rollback', NAME)
  expect([nothing.code, nothing.document.error.code]).toEqual([5, 'nothing-to-undo'])
})

test('doctor is 0 on a fit server, and 5 with the fix where a run would be refused', async () => {
  const fit = await json('doctor')
  expect(fit.code).toBe(0)
  expect(fit.document.checks).toContainEqual(
    expect.objectContaining({ id: 'server-encoding', severity: 'error', ok: true, found: 'UTF8' }),
  )
  const unfit = await testDatabase({ encoding: 'SQL_ASCII' })
  try {
    const ended = await run('doctor', '--to', unfit.url)
    const text = human(ended, 5)
    expect(text).toMatch(/server-encoding +error +SQL_ASCII/)
    expect(text).toContain('Not fit: 1 error; a run would be refused.')
    const refused = await json('migrate', 'db.json', '--name', 'elsewhere', '--to', unfit.url)
    expect([refused.code, refused.document.error.code]).toEqual([5, 'target-unsafe'])
  } finally {
    await unfit.drop()
  }
})

test('a broken audit chain ends log --check with 3', async () => {
  const connection = await connect(url)
  try {
    await connection.query('alter table outgrow.audit_log disable trigger all')
    await connection.query(`update outgrow.audit_log set actor = 'nobody' where seq = 2`)
  } finally {
    await connection.end()
  }
  const { code, document } = await json('log', '--check')
  expect([code, document.ok, document.broken.seq]).toEqual([3, false, 2])
})
