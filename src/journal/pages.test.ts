import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../test/helpers/database.ts'
import { ideaBank } from '../../test/helpers/plans.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { appendAudit } from './audit.ts'
import { checkAudit } from './audit-check.ts'
import { ensureBookkeeping } from './bookkeeping.ts'
import { listMigrations, type Migration, recordMigration } from './migration-log.ts'
import { writeMigrationPages } from './pages.ts'
import { listQuarantined, type QuarantinedRecord, quarantine } from './quarantine.ts'
import { completeRun, markRolledBack, type NewRun, recordRun } from './runs.ts'
import { saveStore } from './stores.ts'

let database: TestDatabase
let sql: Connection
let folder: string

beforeEach(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
  await ensureBookkeeping(sql)
  folder = await mkdtemp(join(tmpdir(), 'outgrow-pages-'))
})

afterEach(async () => {
  await sql.end()
  await database.drop()
  await rm(folder, { recursive: true })
})

const figures = {
  collections: [{ name: 'ideas|{x}\n', table: 'ideas', records: 12_345, rows: 12_344, aside: 2, quarantined: 1 }],
  verification: { records: 12_344, mismatches: 0 },
  seconds: { read: 0.1, infer: 0.2, backup: 0.3, load: 0.4, verify: 0.5, total: 1.23456 },
}

async function act(verb: NewRun['verb'], store = 'Idea Bank', undoes?: string): Promise<Migration> {
  const run: NewRun = {
    id: randomUUID(),
    store,
    verb,
    actor: 'ada',
    owner: '<b>the</b> {team}',
    source: { path: '/data/my db.json', sha256: 'ab'.repeat(32), bytes: 98_765 },
    planText: '{}',
    figures,
    backupBefore: { path: '/backups/1', sha256: 'cd'.repeat(32), restore: ["cp '/backups/1/db.json' db.json"] },
    startedAt: new Date('2026-01-31T10:00:00Z'),
  }
  return inTransaction(sql, async (open) => {
    await saveStore(open, { ...ideaBank(), store, schema: `s_${Buffer.from(store).toString('hex')}` }, '{}')
    await recordRun(open, run)
    if (undoes !== undefined) await markRolledBack(open, undoes, run.id)
    const audit = await appendAudit(open, { actor: 'ada', act: verb, subject: store, store, outcome: 'done' })
    return recordMigration(open, { run: run.id, audit })
  })
}

const page = (migration: Migration) => readFile(join(folder, migration.page), 'utf8')
const index = () => readFile(join(folder, 'README.md'), 'utf8')

async function everything(): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
  )
}

test('a run enters the log once, and the second of a day has a page of its own', async () => {
  const first = await act('migrate')
  const today = first.date
  expect(await recordMigration(sql, { run: first.run })).toEqual(first)
  const pages = [first, await act('migrate'), await act('migrate', 'idea-bank'), await act('migrate', 'Idea')]
  expect(pages.map((entry) => entry.page)).toEqual([
    `${today}-migrate-idea-bank-to-postgres.md`,
    `${today}-migrate-idea-bank-to-postgres-2.md`,
    `${today}-migrate-idea-bank-to-postgres-3.md`,
    `${today}-migrate-idea-to-postgres.md`,
  ])
  expect(await listMigrations(sql)).toEqual(pages.toReversed())
  expect(await listMigrations(sql, 'Idea')).toEqual([pages[3]])
  await expect(sql.query('delete from outgrow.migration_log')).rejects.toMatchObject({ code: '23001' })
})

test('a rollback enters the run that it undid, if a crash kept that from the log', async () => {
  const first = await act('migrate')
  await sql.query(`alter table outgrow.migration_log disable trigger all; delete from outgrow.migration_log;
                   alter table outgrow.migration_log enable trigger all`)
  const undo = await act('rollback', 'Idea Bank', first.run)
  expect(undo.page).toBe(first.page)
  expect((await listMigrations(sql)).map((entry) => entry.run)).toEqual([undo.run, first.run])
})

test('an audit log cut short together with its head is given away by the migration log', async () => {
  await act('migrate')
  await act('migrate')
  await sql.query(`alter table outgrow.audit_log disable trigger all; alter table outgrow.audit_head disable trigger all;
    delete from outgrow.audit_log where seq = 2;
    update outgrow.audit_head set (seq, hash) = (select seq, hash from outgrow.audit_log)`)
  expect(await checkAudit(sql)).toMatchObject({ ok: false, broken: { seq: 2, problem: 'entry 2 is missing' } })
  await sql.query(`delete from outgrow.audit_log; update outgrow.audit_head set seq = 0, hash = repeat('0', 64);
    alter table outgrow.audit_log enable trigger all; alter table outgrow.audit_head enable trigger all`)
  for (const subject of ['made', 'up'])
    await appendAudit(sql, { actor: 'eve', act: 'migrate', subject, outcome: 'done' })
  expect((await checkAudit(sql)).broken).toEqual({ seq: 1, problem: expect.stringContaining('another hash') })
})

test('the page tells scope, timeline, figures, verification, backups, rollback and checks', async () => {
  const migration = await act('migrate')
  await completeRun(sql, migration.run, {
    figures,
    backupAfter: { path: '/backups/2', sha256: 'ef'.repeat(32), restore: [] },
  })
  await writeMigrationPages(sql, folder)
  const text = await page(migration)
  const front = text.split('---\n')[1] ?? ''
  expect([...front.matchAll(/^(\w+):/gm)].map((match) => match[1])).toEqual([
    'title',
    'sidebar_position',
    'tags',
    'domain',
    'type',
    'summary',
    'status',
    'last_review',
  ])
  expect([...text.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual([
    'Scope',
    'Timeline',
    'Figures',
    'Verification',
    'Backups',
    'Rollback',
    'Checklist',
  ])
  expect([...text.matchAll(/^### (.*)$/gm)].map((match) => match[1])).toEqual([
    'Before',
    'After',
    'Before',
    'During',
    'After',
  ])
  expect(text).toContain('| ideas&#124;&#123;x&#125;\\\\u000a | ideas | 12,345 | 12,344 | 2 | 1 |')
  expect(text).toContain('| Total |  | 1.235 |')
  expect(text).toContain(`| Audit entry | 1, hash \`${migration.audit?.hash}\` |`)
  expect(text).toContain("cp '/backups/1/db.json' db.json")
  expect(text).toContain(`outgrow rollback 'Idea Bank' --run ${migration.run}`)
  expect(text).toContain('- [x] The counters add up')
  expect(text).toContain('- [x] A backup of the store in PostgreSQL was taken.')
  expect(text).toContain('- [ ] The 1 quarantined record')
  expect(text).toContain('- [ ] The owner has read the plan')
  expect(text).toContain('&#60;b&#62;the&#60;/b&#62; &#123;team&#125;')
})

test('the index has a row per act, newest first', async () => {
  const first = await act('migrate')
  const undo = await act('rollback', 'Idea Bank', first.run)
  await writeMigrationPages(sql, folder)
  const lines = (await index()).split('\n')
  const start = lines.indexOf('| Date | Change | Rollback | Owner |')
  expect(lines.slice(start + 2, start + 4)).toEqual([
    expect.stringMatching(new RegExp(`^\\| ${undo.date} \\| \\[Roll back Idea Bank.*\\]\\(\\./${first.page}\\) \\|`)),
    expect.stringMatching(new RegExp(`^\\| ${first.date} \\| \\[Migrate Idea Bank.*\\]\\(\\./${first.page}\\) \\|`)),
  ])
  expect(await page(first)).toContain('status: rolled-back')
  expect(await page(first)).toContain(`rolled back on ${undo.date} by run \`${undo.run}\``)
  expect((await readdir(folder)).length).toBe(2)
})

test('a second write changes nothing, and a deleted page comes back the same', async () => {
  const migration = await act('migrate')
  await act('migrate')
  expect((await writeMigrationPages(sql, folder)).written).toHaveLength(3)
  const before = await everything()
  expect((await writeMigrationPages(sql, folder)).written).toEqual([])
  await rm(join(folder, migration.page))
  expect((await writeMigrationPages(sql, folder)).written).toEqual([join(folder, migration.page)])
  expect(await everything()).toEqual(before)
})

test('ticks of a person and the text around the table are kept when a rollback rewrites the page', async () => {
  const migration = await act('migrate')
  await writeMigrationPages(sql, folder)
  const tick = (text: string) => text.replace('- [ ] The owner has read', '- [x] The owner has read')
  await writeFile(join(folder, migration.page), tick(await page(migration)))
  await writeFile(join(folder, 'README.md'), `Our words.\n\n${await index()}\nMore of them.\n`)
  await act('rollback', 'Idea Bank', migration.run)
  await writeMigrationPages(sql, folder)
  expect(await page(migration)).toContain('- [x] The owner has read')
  expect(await page(migration)).toContain('- [ ] Those who use the store')
  expect(await index()).toMatch(/^Our words\.\n[\s\S]*Roll back[\s\S]*\nMore of them\.\n$/)
})

test('pages and rows of another database in the same folder are left alone', async () => {
  const theirs = await act('migrate')
  await writeMigrationPages(sql, folder)
  const standing = await page(theirs)
  await sql.query('drop schema outgrow cascade')
  await ensureBookkeeping(sql)
  const ours = await act('migrate')
  expect(ours.page).toBe(theirs.page)
  const { pages } = await writeMigrationPages(sql, folder)
  expect(await page(theirs)).toBe(standing)
  expect(pages).toEqual([join(folder, ours.page.replace('.md', `-${ours.run.slice(0, 8)}.md`))])
  expect((await index()).match(/\]\(\.\/.*?\.md\)/g)).toHaveLength(2)
  expect((await writeMigrationPages(sql, folder)).written).toEqual([])
})

test('an index without the table gets one at its end', async () => {
  await writeFile(join(folder, 'README.md'), '# Ours\r\n\r\nNot a word is lost.\r\n')
  await act('migrate')
  await writeMigrationPages(sql, folder)
  expect(await index()).toMatch(/^# Ours\n\nNot a word is lost\.\n\n\| Date \| Change \| Rollback \| Owner \|\n/)
  expect((await writeMigrationPages(sql, folder)).written).toEqual([])
})

test('quarantined records come back as they were, in order, in pages', async () => {
  const { run } = await act('migrate')
  const record = (n: number): QuarantinedRecord => ({
    collection: 'a\u0000\ud800',
    position: n,
    pointer: `/a\u0000\ud800/${n}`,
    reason: 'narrowed to low, high',
    record: n % 2 ? `{ "n":  ${n}, "s": "\\u0000\\ud800" }` : null,
    raw: Buffer.from([0, 255, n % 256]),
  })
  const records = Array.from({ length: 1_203 }, (_, n) => record(n))
  expect(await inTransaction(sql, (open) => quarantine(open, run, records))).toBe(1_203)
  const read = []
  for (let after = '0'; ; after = read.at(-1)?.id ?? '') {
    const some = await listQuarantined(sql, run, { after, limit: 500 })
    read.push(...some)
    if (some.length < 500) break
  }
  expect(read.map(({ id: _, ...rest }) => rest)).toEqual(records)
  expect(await listQuarantined(sql, randomUUID(), { limit: 5 })).toEqual([])
})

test('records may be put aside before their run is recorded, and never without one', async () => {
  const orphan = inTransaction(sql, (open) =>
    quarantine(open, randomUUID(), [
      { collection: 'a', position: 0, pointer: '/a/0', reason: 'r', record: null, raw: Buffer.alloc(0) },
    ]),
  )
  await expect(orphan).rejects.toMatchObject({ code: '23503' })
})
