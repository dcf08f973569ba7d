import { afterEach, test } from 'vitest'
import { gateTo } from '../../helpers/gate.ts'
import { type Bank, openBank } from './bank.ts'
import { seeds } from './results.ts'
import { expectKept, type Run, underLoad } from './under-load.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

const TIMES = 8

test.each(seeds())('a PostgreSQL that comes and goes in live costs time, and no write (seed %i)', async (seed) => {
  const run: Run = { scenario: 'flapping PostgreSQL in live', seed, unavailable: true }
  const opened = await openBank({ stage: 'live' })
  bank = opened
  const gate = await gateTo(opened.lab.context.url)
  await opened.start({ database: gate.url })
  const judged = await underLoad(opened, run, async ({ progress, failures, fault }) => {
    for (let time = 0; time < TIMES; time++) {
      await gate.shut()
      fault()
      await failures(10)
      await gate.open()
      await progress(10)
      gate.cut()
      fault()
      await progress(5)
    }
  })
  await expectKept(run, judged)
  await opened.close()
  bank = undefined
  await gate.close()
})
