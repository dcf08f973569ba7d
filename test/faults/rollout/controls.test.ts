import { afterEach, expect, test } from 'vitest'
import { silent } from '../../../src/log.ts'
import { connect } from '../../../src/postgres/connect.ts'
import { unfenceSql } from '../../../src/rollout/postgres/fence.ts'
import { openPgSide } from '../../../src/rollout/postgres/side.ts'
import type { Oracle, Verdict } from '../../load/verdict.ts'
import { type Bank, openBank } from './bank.ts'
import { compile } from './compile.ts'
import { staleWrites } from './epochs.ts'
import { underLoad } from './under-load.ts'

/** A suite that finds nothing proves nothing: each of these has one guard taken out, and must be found out. */
const BROKEN = 'test/faults/rollout/broken-server.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

function red(verdicts: readonly Verdict[]): Oracle[] {
  return verdicts.filter(({ violations }) => violations > 0).map(({ oracle }) => oracle)
}

test('without the dirty mark the sides differ, and O3 says so; with it they do not', async () => {
  const program = await compile(BROKEN)
  const found: Record<string, Oracle[]> = {}
  for (const MISSING of ['mark', 'nothing']) {
    const opened = await openBank({ stage: 'dualwrite' })
    bank = opened
    await opened.start({ program, env: { MISSING } })
    const run = { scenario: 'control', seed: 1, keys: 10, clients: 4 }
    const { verdicts } = await underLoad(opened, run, ({ progress }) => progress(30))
    found[MISSING] = red(verdicts)
    await opened.close()
  }
  bank = undefined
  expect(found).toEqual({ mark: ['O3'], nothing: [] })
})

test('when the mark comes after the file, a kill between the two leaves the sides different, and O3 says so', async () => {
  const program = await compile(BROKEN)
  const opened = await openBank({ stage: 'dualwrite' })
  bank = opened
  const dying = await opened.start({ program, env: { MISSING: 'order' }, failpoint: 'write-after-rename:60' })
  const run = { scenario: 'control', seed: 1, keys: 40, clients: 1 }
  const { verdicts } = await underLoad(opened, run, async () => {
    await dying.ended
    // A retry would mark the key after all; the client has given up by the time that it is answered from the log.
    await opened.start()
  })
  expect(red(verdicts)).toContain('O3')
})

test('without the fence a process of an earlier epoch writes, and O5 says so; with it, it cannot', async () => {
  const opened = await openBank({ stage: 'live' })
  bank = opened
  const stale = openPgSide({ database: opened.lab.context.url, plan: opened.plan, log: silent })
  const write = (): Promise<void> =>
    stale.transaction({ epoch: 1, as: 'authority' }, (tx) =>
      tx.put('ideas', '"stale"', { id: 'stale', title: 'from another time' }),
    )
  await expect(write()).rejects.toMatchObject({ code: 'stale-epoch' })
  expect(await staleWrites(opened.lab.query)).toMatchObject({ problems: [] })
  const connection = await connect(opened.lab.context.url)
  for (const statement of unfenceSql(opened.plan).filter((one) => one.includes('outgrow_fence')))
    await connection.query(statement)
  await connection.end()
  await write()
  expect((await staleWrites(opened.lab.query)).problems).not.toEqual([])
  await stale.close()
})
