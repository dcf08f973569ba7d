import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Operation } from './operation.ts'
import type { Sighting } from './sighting.ts'
import { contradictionsOf, type Version } from './version.ts'

/** An operation on one record: a write of a version of its own, or a read that saw the version of some write. */
interface Step {
  start: number
  end: number
  writes?: number
  reads?: number
}

/** The definition, tried out: an order in which each step lies between its start and end, and each read sees the last write. */
function isInSomeOrder(steps: readonly Step[], version = -1): boolean {
  if (steps.length === 0) return true
  return steps.some((step) => {
    const rest = steps.filter((other) => other !== step)
    if (rest.some(({ end }) => end < step.start)) return false
    if (step.reads !== undefined) return step.reads === version && isInSomeOrder(rest, version)
    return isInSomeOrder(rest, step.writes)
  })
}

function versionsOf(steps: readonly Step[]): Version[] {
  const versions = new Map<number, Version>([[-1, { mark: 'before', write: undefined, sightings: [] }]])
  for (const { start, end, writes } of steps) {
    if (writes === undefined) continue
    const write = { start, end, outcome: 'done' } as Operation
    versions.set(writes, { mark: String(writes), write, sightings: [] })
  }
  for (const { start, end, reads } of steps)
    if (reads !== undefined) versions.get(reads)?.sightings.push({ start, end } as Sighting)
  return [...versions.values()]
}

/** No two instants are the same: what only touches is a matter of taste. */
const interval = fc.record({ start: fc.nat(12), length: fc.integer({ min: 1, max: 5 }) })
const history = fc
  .record({
    writes: fc.array(interval, { minLength: 1, maxLength: 3 }),
    reads: fc.array(fc.record({ when: interval, of: fc.integer({ min: -1, max: 2 }) }), { maxLength: 4 }),
  })
  .map(({ writes, reads }) => {
    const last = writes.length - 1
    const wrote = writes.map((when, at) => ({ when, writes: at }))
    const read = reads.map(({ when, of }) => ({ when, reads: Math.min(of, last) }))
    return [...wrote, ...read].map(({ when: { start, length }, ...what }, at): Step => {
      const from = start + at / 100
      return { start: from, end: from + length + 1 / 1000, ...what }
    })
  })
  // That nobody sees what was not yet sent is judged elsewhere.
  .filter((steps) => !steps.some(({ reads, end }) => reads !== undefined && isUnsent(steps, reads, end)))

function isUnsent(steps: readonly Step[], version: number, at: number): boolean {
  return steps.some(({ writes, start }) => writes === version && start > at)
}

test('versions contradict each other exactly when no order of the operations explains what was seen', () => {
  const seen = { yes: 0, no: 0 }
  fc.assert(
    fc.property(history, (steps) => {
      const isExplained = isInSomeOrder(steps)
      seen[isExplained ? 'yes' : 'no']++
      expect(contradictionsOf(versionsOf(steps)).length === 0).toBe(isExplained)
    }),
    { numRuns: 5000 },
  )
  expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(300)
})
