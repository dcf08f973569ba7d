import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { proxyTo } from '../../helpers/proxy.ts'
import { type Bank, openBank } from './bank.ts'
import { seeds } from './results.ts'
import { expectKept, type Run, underLoad } from './under-load.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

/** In CI; a run by hand does the hundred of the design. */
const TIMES = seeds().length > 2 ? 100 : 25

test.each(seeds())(
  'replies to COMMIT are lost in live, and retries under the same key do nothing twice (seed %i)',
  async (seed) => {
    const run: Run = { scenario: 'lost COMMIT replies', seed, unavailable: true }
    const opened = await openBank({ stage: 'live' })
    bank = opened
    const proxy = await proxyTo(opened.lab.context.url)
    await opened.start({ database: proxy.url })
    const judged = await underLoad(opened, run, async ({ progress, fault }) => {
      for (let time = 0; time < TIMES; time++) {
        const before = proxy.treated()
        proxy.treat('commit', 'cut-reply')
        while (proxy.treated() === before) await delay(1)
        proxy.treat('commit', 'pass')
        fault(proxy.treated() - before)
        await progress(3)
      }
    })
    expect(judged.faults).toBeGreaterThanOrEqual(TIMES)
    await expectKept(run, judged)
    await opened.close()
    bank = undefined
    await proxy.close()
  },
)
