import { expect, test } from 'vitest'
import { RUNS, roundTripLaw } from './laws.ts'

// Half of the documents: the other half is tried at the same time, in the other file.
const HALF = Math.ceil(RUNS / 2)

test(`${HALF} documents are what is decoded from what they were encoded to`, { timeout: 900_000 }, async () => {
  expect(await roundTripLaw(HALF)).toBe(HALF)
})
