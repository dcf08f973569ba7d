import { expect, test } from 'vitest'
import { type Kept, removable } from './retention.ts'

const NOW = new Date('2026-06-30T00:00:00Z')

/** One backup a day, `d1` yesterday; the newest one is verified unless told otherwise. */
function daily(count: number, more: Record<string, Partial<Kept>> = { d1: { verified: true } }): Kept[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `d${i + 1}`
    return { name, created: new Date(NOW.getTime() - (i + 1) * 86_400_000), ...more[name] }
  })
}

const names = (backups: Kept[]): string[] => backups.map((one) => one.name)

test('what is neither among the last nor inside the window may go, oldest first', () => {
  expect(names(removable(daily(6), { last: 2, days: 0 }, NOW))).toEqual(['d6', 'd5', 'd4', 'd3'])
  expect(names(removable(daily(6), { last: 0, days: 4 }, NOW))).toEqual(['d6', 'd5'])
  expect(names(removable(daily(6), { last: 5, days: 2 }, NOW))).toEqual(['d6'])
  expect(names(removable(daily(6), { last: 9, days: 0 }, NOW))).toEqual([])
})

test('a labelled backup stays', () => {
  const backups = daily(4, { d1: { verified: true }, d3: { labelled: true } })
  expect(names(removable(backups, { last: 1, days: 0 }, NOW))).toEqual(['d4', 'd2'])
})

test('the newest verified backup stays, however old; older verified ones go', () => {
  const backups = daily(5, { d4: { verified: true }, d5: { verified: true } })
  expect(names(removable(backups, { last: 1, days: 0 }, NOW))).toEqual(['d5', 'd3', 'd2'])
})

test('nothing goes while no backup is known to be good', () => {
  expect(removable(daily(5, {}), { last: 0, days: 0 }, NOW)).toEqual([])
})

test('the order in which they are given does not matter, and the list is left as it was', () => {
  const backups = daily(5).reverse()
  const given = names(backups)
  expect(names(removable(backups, { last: 2, days: 0 }, NOW))).toEqual(['d5', 'd4', 'd3'])
  expect(names(backups)).toEqual(given)
})
