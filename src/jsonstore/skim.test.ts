import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonText, tapeOf, utf8 } from '../../test/helpers/json.ts'
import { skimValue } from './skim.ts'

test('a value skimmed ends where the value read ends, whatever stands around it', () => {
  fc.assert(
    fc.property(
      jsonText,
      fc.constantFrom('', ',', ']', '}', ' ', '\n', ',"x":1}'),
      fc.nat(5),
      (text, after, before) => {
        const value = text.trim()
        const bytes = Buffer.concat([Buffer.alloc(before, '"'), utf8(value), Buffer.from(after)])
        const end = before + tapeOf(utf8(value)).end
        expect(skimValue(bytes, before, bytes.length, true)).toBe(end)
      },
    ),
    { numRuns: 500 },
  )
})

test('a value cut anywhere is not taken for a whole one while more may come', () => {
  fc.assert(
    fc.property(jsonText, fc.nat(), (text, seed) => {
      const bytes = utf8(text.trim())
      expect(skimValue(bytes, 0, seed % bytes.length, false)).toBe(-1)
    }),
    { numRuns: 500 },
  )
})
