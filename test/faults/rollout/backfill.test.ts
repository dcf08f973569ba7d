import { afterEach, test } from 'vitest'
import { type Bank, openBank } from './bank.ts'
import { seeds } from './results.ts'
import { expectKept, type Run, underLoad } from './under-load.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

const RECORDS = 2000

test.each(seeds())(
  'a backfill meets deletes, new records and updates, and both sides end equal (seed %i)',
  async (seed) => {
    const run: Run = { scenario: 'backfill against writes', seed, unavailable: true }
    const ideas = Array.from({ length: RECORDS }, (_, at) => ({
      ...{
        id: String(at + 1),
        title: `idea ${at}`,
        description: 'one of many',
        category: 'dashboard',
        priority: 'low',
      },
      ...{ status: 'new', tags: ['a'], createdAt: '2025-01-13T12:04:31.500Z', updatedAt: null },
    }))
    const opened = await openBank({ stage: 'off', document: { ideas, lastId: String(RECORDS) } })
    bank = opened
    await opened.start()
    const judged = await underLoad(opened, run, async ({ progress, fault }) => {
      for (let time = 0; time < 2; time++) {
        await opened.change('dualwrite')
        fault()
        await progress(30)
        await opened.change('off')
        await progress(30)
      }
      await opened.change('dualwrite')
      fault()
      await progress(30)
    })
    await expectKept(run, judged)
  },
)
