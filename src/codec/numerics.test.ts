import { expect, test } from 'vitest'
import { numericText } from './numerics.ts'

test.each([
  ['1.10', '1.10'],
  ['1E2', '1E2'],
  ['-0.5', '-0.5'],
  ['1e131071', '1e131071'],
  ['0e9999999999', '0'],
  ['10e-16384', '1e-16383'],
  [`1.${'0'.repeat(16_384)}`, '1e0'],
  [`-25${'0'.repeat(10)}e-16390`, '-25e-16380'],
])('%s is written as %s', (text, written) => {
  expect(numericText(text)).toBe(written)
})

test.each(['1e131072', '1e-16384', '-0', '-0.0', '9e99999999999'])('numeric does not hold %s', (text) => {
  expect(numericText(text)).toBeUndefined()
})
