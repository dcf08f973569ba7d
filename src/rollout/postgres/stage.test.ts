import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { sidePlan } from '../../../test/contract/side-plan.ts'
import { type TestDatabase, testDatabase } from '../../../test/helpers/database.ts'
import { listAudit } from '../../journal/audit.ts'
import { ensureBookkeeping } from '../../journal/bookkeeping.ts'
import { silent } from '../../log.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { createKeys, createTables } from '../../schema/ddl.ts'
import { fenceTables } from './fence.ts'
import { openPgSide, type PgSide } from './side.ts'
import { changeStage, ensureStage, readStage, type StageChange, setStageSettings } from './stage.ts'

const name = sidePlan.store

let database: TestDatabase
let sql: Connection
let side: PgSide

beforeAll(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
  await ensureBookkeeping(sql)
  for (const { sql: statement } of [...createTables(sidePlan), ...createKeys(sidePlan)]) await sql.query(statement)
  await fenceTables(sql, sidePlan)
  side = openPgSide({ database: database.url, plan: sidePlan, log: silent })
})

afterAll(async () => {
  await side.close()
  await sql.end()
  await database.drop()
})

beforeEach(async () => {
  await ensureStage(sql, { name, by: 'eva', why: 'a beginning' })
})

afterEach(() => sql.query('delete from outgrow.stage'))

const step = (more: Partial<StageChange> = {}): StageChange => ({
  name,
  from: 'off',
  epoch: 1,
  to: 'dualwrite',
  by: 'eva',
  why: 'the first step',
  ...more,
})

test('a store begins in stage off, once', async () => {
  const row = await ensureStage(sql, { name, by: 'bo', why: 'again' })
  expect(row).toMatchObject({ stage: 'off', epoch: 1, changedBy: 'eva', serveNew: 0, compare: 100, mirror: 'sync' })
  expect(await readStage(sql, 'unknown')).toBeUndefined()
})

test('a change swaps stage and epoch, is on record, and wakes who listens', async () => {
  const listener = await connect(database.url)
  const heard = new Promise((resolve) => {
    listener.query('listen outgrow_stage').then(async () => {
      await changeStage(sql, step({ figures: { gates: 3 } }))
      const { rows } = await listener.query('select 1')
      resolve(rows)
    })
  })
  await heard
  await listener.end()
  expect(await readStage(sql, name)).toMatchObject({ stage: 'dualwrite', epoch: 2, changedBy: 'eva' })
  const [entry] = await listAudit(sql, { store: name, limit: 1 })
  expect(entry).toMatchObject({ actor: 'eva', act: 'stage', subject: name, outcome: 'done' })
  expect(JSON.parse(entry?.figures ?? '')).toEqual({
    from: 'off',
    to: 'dualwrite',
    epoch: 2,
    why: 'the first step',
    gates: 3,
  })
})

test('of changes at once one is in force, and the others are told what it left', async () => {
  const sessions = await Promise.all([1, 2, 3, 4].map(() => connect(database.url)))
  const outcomes = await Promise.all(
    sessions.map((session, at) => changeStage(session, step({ by: `racer ${at}`, patience: 10_000 }))),
  )
  await Promise.all(sessions.map((session) => session.end()))
  const winner = await readStage(sql, name)
  expect(outcomes.filter((one) => one.changed)).toHaveLength(1)
  for (const outcome of outcomes) expect(outcome.changed ? outcome.row : outcome.present).toEqual(winner)
  expect(await changeStage(sql, step({ name: 'unknown' }))).toEqual({ changed: false, present: undefined })
})

test('a change that fails on its way leaves stage, epoch and audit log as they were', async () => {
  const entries = (await listAudit(sql, { limit: 100 })).length
  const failing = changeStage(
    sql,
    step({
      also: async () => {
        throw new RangeError('on its way')
      },
    }),
  )
  await expect(failing).rejects.toThrow(RangeError)
  expect(await readStage(sql, name)).toMatchObject({ stage: 'off', epoch: 1 })
  expect(await listAudit(sql, { limit: 100 })).toHaveLength(entries)
})

test('a writer that is stuck blocks the change, which says so in time; it succeeds when the writer has ended', async () => {
  await side.transaction({ epoch: 1, as: 'authority' }, async (tx) => {
    await tx.put('systems', '1', { id: 1, name: 'stuck' })
    // What was put is sent by now.
    await tx.count('systems', {})
    await expect(changeStage(sql, step({ patience: 100 }))).rejects.toMatchObject({ code: 'locked', place: name })
  })
  expect(await changeStage(sql, step())).toMatchObject({ changed: true, row: { epoch: 2 } })
  const late = side.transaction({ epoch: 1, as: 'authority' }, (tx) => tx.put('systems', '1', { id: 1, name: 'late' }))
  await expect(late).rejects.toMatchObject({ code: 'stale-epoch' })
})

test('writers that come one upon the other cannot keep a change out, and none of them writes after it', async () => {
  let refused = 0
  const writer = async (at: number): Promise<void> => {
    while (refused < 8) {
      const write = side.transaction({ epoch: 1, as: 'authority' }, async (tx) => {
        await tx.put('systems', `${at}`, { id: at, name: `${process.hrtime.bigint()}` })
        await tx.count('systems', {})
      })
      const refusal = await write.catch((error: { code: string }) => error.code)
      if (refusal !== undefined) expect(refusal).toBe('stale-epoch')
      if (refusal !== undefined) refused++
    }
  }
  const names = async () => (await sql.query('select name from side_contract.systems order by id')).rows
  const writers = Promise.all(Array.from({ length: 8 }, (_, at) => writer(at)))
  const outcome = await changeStage(sql, step())
  const atChange = await names()
  await writers
  expect(outcome).toMatchObject({ changed: true })
  expect(await names()).toEqual(atChange)
})

test('settings change within a stage, and leave the epoch', async () => {
  const row = await setStageSettings(sql, name, { serveNew: 25, mirror: 'async' })
  expect(row).toMatchObject({ serveNew: 25, compare: 100, mirror: 'async', epoch: 1 })
  expect(await setStageSettings(sql, 'unknown', { compare: 1 })).toBeUndefined()
})
