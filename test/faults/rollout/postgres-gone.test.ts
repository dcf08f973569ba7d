import { afterEach, test } from 'vitest'
import { type Gate, gateTo } from '../../helpers/gate.ts'
import { type Bank, openBank } from './bank.ts'
import { seeds } from './results.ts'
import { expectKept, type Run, underLoad } from './under-load.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

const AWAY: { go: (gate: Gate) => Promise<void> | void; come: (gate: Gate) => Promise<void> | void }[] = [
  { go: (gate) => gate.swallow(), come: (gate) => gate.cut() },
  { go: (gate) => gate.cut(), come: () => {} },
  { go: (gate) => gate.shut(), come: (gate) => gate.open() },
]

test.each(seeds())(
  'PostgreSQL is a black hole, resets, and stops in shadow, and no caller notices (seed %i)',
  async (seed) => {
    const run: Run = { scenario: 'PostgreSQL gone in shadow', seed }
    const opened = await openBank({ stage: 'shadow' })
    bank = opened
    const gate = await gateTo(opened.lab.context.url)
    await opened.start({ database: gate.url })
    const judged = await underLoad(opened, run, async ({ progress, fault }) => {
      for (const { go, come } of AWAY) {
        await go(gate)
        fault()
        await progress(60)
        await come(gate)
        await progress(20)
      }
    })
    await expectKept(run, judged)
    await opened.close()
    bank = undefined
    await gate.close()
  },
)
