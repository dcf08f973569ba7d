import fc from 'fast-check'
import { expect } from 'vitest'
import { isOutgrowError } from '../../src/errors.ts'
import { exactDifferences, parseExact } from '../helpers/exact-json.ts'
import { expectSound } from '../helpers/verbs.ts'
import { planFor, pureTrip } from './pure-trip.ts'
import { drawStore } from './stores.ts'

/** Documents tried by the laws that need no server: a hundred thousand, or what OUTGROW_PROPERTY_RUNS says. */
export const RUNS = Number(process.env.OUTGROW_PROPERTY_RUNS ?? 100_000)

export const seeds = fc.integer({ min: 0, max: 0x7fffffff })
export const sizes = fc.integer({ min: 1, max: 8 })

/** Decoding what a document was encoded to gives the document. Returns how many were tried. */
export async function roundTripLaw(runs: number): Promise<number> {
  let tried = 0
  const law = fc.asyncProperty(seeds, sizes, async (seed, size) => {
    const text = drawStore({ seed, size })
    const trip = await pureTrip(text)
    expect(trip.unfit, text).toEqual([])
    expectSame(text, trip.text ?? '')
    if (tried++ % 20 === 0) expectSound(trip.plan)
  })
  await fc.assert(law, { numRuns: runs })
  return tried
}

/** What became of documents that were encoded by the plan of another. */
export interface Foreign {
  equal: number
  unfit: number
  misfit: number
}

/** Under the plan of another document a document comes back equal, or is reported as unfit; it never differs in silence. */
export async function foreignPlanLaw(runs: number): Promise<Foreign> {
  const came: Foreign = { equal: 0, unfit: 0, misfit: 0 }
  const law = fc.asyncProperty(seeds, seeds, sizes, async (shape, seed, size) => {
    const plan = await planFor(drawStore({ seed: shape, size }))
    const text = drawStore({ seed, size }, shape)
    try {
      const trip = await pureTrip(text, plan)
      if (trip.text !== undefined) expectSame(text, trip.text)
      came[trip.text === undefined ? 'unfit' : 'equal']++
    } catch (error) {
      if (!isOutgrowError(error, 'plan-invalid')) throw error
      came.misfit++
    }
  })
  await fc.assert(law, { numRuns: runs })
  return came
}

export function expectSame(text: string, rebuilt: string): void {
  const differences = exactDifferences(parseExact(text), parseExact(rebuilt))
  if (differences.length > 0) throw new Error(`${differences.slice(0, 5).join('; ')}\nof ${text}`)
}
