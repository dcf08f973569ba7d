import { afterEach, test } from 'vitest'
import { type Bank, openBank } from './bank.ts'
import { seeds } from './results.ts'
import { expectKept, type Run, underLoad } from './under-load.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

/** In CI; a run by hand does the ten of the design. */
const TIMES = seeds().length > 2 ? 10 : 4

test.each(seeds())('cutovers to and fro under load (seed %i)', async (seed) => {
  // Writes that are held for two seconds are answered 503.
  const run: Run = { scenario: 'cutover to and fro', seed, unavailable: true }
  const opened = await openBank({ stage: 'shadow' })
  bank = opened
  await opened.start()
  const judged = await underLoad(opened, run, async ({ progress, fault }) => {
    for (let time = 0; time < TIMES; time++) {
      await opened.change('live')
      await progress(10)
      await opened.change('shadow')
      await progress(10)
      fault(2)
    }
  })
  await expectKept(run, judged)
})
