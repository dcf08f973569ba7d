import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/helpers/database.ts'
import { ideaBank } from '../../test/helpers/plans.ts'
import { isOutgrowError } from '../errors.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import type { Plan } from '../schema/plan.ts'
import { ensureBookkeeping } from './bookkeeping.ts'
import { completeRun, findRun, lastRun, markRolledBack, type NewRun, recordRun, runsOf } from './runs.ts'
import { findStore, listStores, planHash, requireStore, saveStore } from './stores.ts'

const database = await testDatabase()
let sql: Connection

beforeAll(async () => {
  sql = await connect(database.url)
  await ensureBookkeeping(sql)
})

afterAll(async () => {
  await sql.end()
  await database.drop()
})

const plan = (name: string): Plan => ({ ...ideaBank(), store: name, schema: name.toLowerCase().replaceAll(' ', '_') })

const run = (store: string, more: Partial<NewRun> = {}): NewRun => ({
  id: randomUUID(),
  store,
  verb: 'migrate',
  actor: 'ada',
  owner: 'the ideas team',
  source: { path: '/data/db.json', sha256: 'ab'.repeat(32), bytes: 12_345_678_901 },
  planText: '{ "odd":   "spacing, \\u0000 and \\ud800" }',
  figures: {
    collections: [{ name: 'a\u0000\ud800', table: 'a', records: 2, rows: 1, aside: 0, quarantined: 1 }],
    verification: { records: 1, mismatches: 0 },
    seconds: { read: 0.1, infer: 0, backup: 0, load: 0, verify: 0, total: 0.1 },
  },
  backupBefore: { path: '/b/1', sha256: 'cd'.repeat(32), restore: ["cp '/b/1' x"] },
  startedAt: new Date('2026-01-31T23:59:59.123Z'),
  ...more,
})

test('a store comes back with its plan verbatim, and a second save replaces the plan', async () => {
  const name = 'Verbatim'
  await saveStore(sql, plan(name), JSON.stringify(plan(name), null, 3))
  const first = await requireStore(sql, name)
  expect(first).toMatchObject({ name, schema: 'verbatim', document: 'object', plan: plan(name) })
  expect(first.planText).toBe(JSON.stringify(plan(name), null, 3))
  expect(first.planSha256).toBe(planHash(first.planText))
  await saveStore(sql, { ...plan(name), document: 'list' }, '{}')
  expect(await findStore(sql, name)).toMatchObject({ document: 'list', planText: '{}', createdAt: first.createdAt })
  expect((await listStores(sql)).map((store) => store.name)).toContain(name)
})

test('two stores never share a schema', async () => {
  await saveStore(sql, plan('Shared'), '{}')
  const second = saveStore(sql, { ...plan('Other'), schema: 'shared' }, '{}')
  await expect(second).rejects.toSatisfy(
    (error) => isOutgrowError(error, 'target-occupied') && /Shared/.test(error.message),
  )
})

test('an unknown store is refused with the names of those known', async () => {
  await saveStore(sql, plan('Known'), '{}')
  expect(await findStore(sql, 'Unknown')).toBeUndefined()
  for (const ask of [requireStore, lastRun, runsOf]) {
    await expect(ask(sql, 'Unknown')).rejects.toSatisfy(
      (error) => isOutgrowError(error, 'unknown-store') && /"Known"/.test(`${error.next}`),
    )
  }
})

test('a run comes back as it was recorded, with the transaction that wrote it', async () => {
  await saveStore(sql, plan('Round'), '{}')
  const recorded = run('Round')
  await sql.query('begin')
  await recordRun(sql, recorded)
  const { rows } = await sql.query<{ xid: string }>('select pg_current_xact_id()::text as xid')
  await sql.query('commit')
  const found = await findRun(sql, recorded.id)
  expect(found).toMatchObject({
    ...recorded,
    status: 'committed',
    xid: rows[0]?.xid,
    planSha256: planHash(recorded.planText),
  })
  expect(found).toMatchObject({ backupAfter: null, rolledBackAt: null, rolledBackByRun: null })
  expect(await findRun(sql, randomUUID())).toBeUndefined()
})

test('what is known after the commit is added', async () => {
  await saveStore(sql, plan('After'), '{}')
  const recorded = run('After', { backupBefore: null, source: null })
  await recordRun(sql, recorded)
  const backupAfter = { path: '/b/2', sha256: 'ef'.repeat(32), restore: [] }
  const figures = { ...recorded.figures, verification: { records: 9, mismatches: 0 } }
  await completeRun(sql, recorded.id, { backupAfter, figures })
  expect(await findRun(sql, recorded.id)).toMatchObject({ ...recorded, backupAfter, figures })
  await expect(completeRun(sql, randomUUID(), { backupAfter, figures })).rejects.toThrow('no run')
})

test('the last run is the newest migration in force, and no run is undone twice', async () => {
  await saveStore(sql, plan('Undo'), '{}')
  expect(await lastRun(sql, 'Undo')).toBeUndefined()
  const [first, second] = [run('Undo'), run('Undo')]
  await recordRun(sql, first)
  await recordRun(sql, second)
  expect((await lastRun(sql, 'Undo'))?.id).toBe(second.id)
  const undo = run('Undo', { verb: 'rollback' })
  await recordRun(sql, undo)
  expect((await lastRun(sql, 'Undo'))?.id).toBe(second.id)
  await markRolledBack(sql, second.id, undo.id)
  expect((await lastRun(sql, 'Undo'))?.id).toBe(first.id)
  expect(await findRun(sql, second.id)).toMatchObject({ status: 'rolled_back', rolledBackByRun: undo.id })
  for (const id of [second.id, undo.id, randomUUID()]) {
    await expect(markRolledBack(sql, id, undo.id)).rejects.toSatisfy((error) =>
      isOutgrowError(error, 'nothing-to-undo'),
    )
  }
  expect((await runsOf(sql, 'Undo')).map((listed) => listed.id)).toEqual([undo.id, second.id, first.id])
})
