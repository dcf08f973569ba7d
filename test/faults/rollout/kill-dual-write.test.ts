import { afterEach, expect, test } from 'vitest'
import { type Bank, openBank } from './bank.ts'
import { seeds } from './results.ts'
import { expectKept, type Run, underLoad } from './under-load.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

const POINTS = [
  'write-before-mark',
  'write-after-mark',
  'write-before-rename',
  'write-after-rename',
  'push-before',
  'push-before-clear',
] as const

test.each(seeds())(
  'kill -9 at six points of a dual write loses nothing and doubles nothing (seed %i)',
  async (seed) => {
    const run: Run = { scenario: 'kill -9 in a dual write', seed }
    const opened = await openBank({ stage: 'dualwrite' })
    bank = opened
    const others = POINTS.slice(1).map((point) => ({ failpoint: `${point}:${10 + (seed % 7)}` }))
    let dying = await opened.start({ failpoint: `${POINTS[0]}:60` })
    const judged = await underLoad(opened, run, async ({ progress, fault }) => {
      // Each comes upon what the one before has left, and is killed in its turn.
      for (const next of [...others, {}]) {
        expect(await dying.ended).toMatchObject({ signal: 'SIGKILL' })
        fault()
        dying = await opened.start(next)
      }
      await progress(20)
    })
    await expectKept(run, judged)
  },
)
