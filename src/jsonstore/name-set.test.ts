import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NameSet } from './name-set.ts'

test('a name is new exactly once, as in a Set', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 300 }), (names) => {
      const set = new NameSet()
      const model = new Set<string>()
      for (const name of names) {
        expect(set.add(name)).toBe(!model.has(name))
        model.add(name)
      }
    }),
  )
})

test('among half a million names alike but for a digit, each is new once', () => {
  const set = new NameSet()
  for (let i = 0; i < 500_000; i++) if (!set.add(`user-${i}`)) throw new Error(`user-${i} was taken for another`)
  for (let i = 0; i < 500_000; i += 99) expect(set.add(`user-${i}`)).toBe(false)
})
