import { expect, test } from 'vitest'
import { foreignPlanLaw, RUNS } from './laws.ts'

const runs = Math.ceil(RUNS / 20)

test(`${runs} documents under the plan of another: equal, or reported as unfit`, { timeout: 600_000 }, async () => {
  const { equal, unfit, misfit } = await foreignPlanLaw(runs)
  expect(equal + unfit + misfit).toBe(runs)
  // The law would say nothing if one of the outcomes never came.
  expect(Math.min(equal, unfit, misfit)).toBeGreaterThan(runs / 100)
})
