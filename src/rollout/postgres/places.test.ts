import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newPlaces } from './places.ts'

/** Places in order of the list; `last` comes after all, one after the other. */
function numbers(places: ReturnType<typeof newPlaces>): number[] {
  let next = 1e9
  return places.map((place) => (place === 'last' ? next++ : place))
}

const moved = (present: number[]): number => newPlaces(present).filter((place, at) => place !== present[at]).length

test('places rise in the order asked for, whatever they were, and what is in order stays', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -60, max: 60 }), { maxLength: 60 }), (present) => {
      const places = numbers(newPlaces(present))
      for (const [at, place] of places.entries()) if (at > 0) expect(place).toBeGreaterThan(places[at - 1] as number)
      const rising = [...new Set(present)].sort((a, b) => a - b)
      expect(newPlaces(rising)).toEqual(rising)
    }),
    { numRuns: 500 },
  )
})

test('one record that moves to either end, or into a gap, moves alone; without room the nearer end makes way', () => {
  const list = Array.from({ length: 100 }, (_, at) => at + 1)
  expect(moved([100, ...list.slice(0, 99)])).toBe(1)
  expect(moved([...list.slice(1), 1])).toBe(1)
  expect(newPlaces([1, 9, 5])).toEqual([1, 3, 5])
  expect(newPlaces([4, 5, 1])).toEqual([4, 5, 'last'])
  expect(newPlaces([1, 90, 5, 100])).toEqual([1, 3, 5, 100])
  expect(moved([1, 2, 100, ...list.slice(2, 99)])).toBe(3)
  expect(moved([...list.slice(2, 99), 1, 100])).toBeLessThanOrEqual(3)
})
