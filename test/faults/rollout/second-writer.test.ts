import { afterEach, expect, test } from 'vitest'
import { type Bank, openBank } from './bank.ts'
import { seeds } from './results.ts'
import { expectKept, type Run, underLoad } from './under-load.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

test.each(seeds())(
  'a second writer is refused with the name of the first; that one killed, it takes over (seed %i)',
  async (seed) => {
    const run: Run = { scenario: 'second writer, owner killed', seed }
    const opened = await openBank({ stage: 'dualwrite' })
    bank = opened
    const owner = await opened.start()
    const judged = await underLoad(opened, run, async ({ progress, fault }) => {
      const second = await opened.launch({ port: 0 }).ended
      expect(second.code).toBe(1)
      expect(second.said).toContain(String(owner.process.pid))
      await progress(10)
      await owner.stop('SIGKILL')
      fault(2)
      await opened.start()
      await progress(20)
    })
    await expectKept(run, judged)
  },
)
