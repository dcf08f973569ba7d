import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitsDouble, fitsNumeric, isNegativeZero, parseDecimal, plainInteger, sameDecimal } from './decimal.ts'

/** A number in JSON's grammar, as text and as an integer times a power of ten. */
const decimal = fc
  .record({
    negative: fc.boolean(),
    whole: fc.bigInt({ min: 0n, max: 10n ** 25n }),
    fraction: fc.option(fc.stringMatching(/^[0-9]{1,12}$/), { nil: '' }),
    power: fc.option(fc.integer({ min: -30, max: 30 }), { nil: undefined }),
    mark: fc.constantFrom('e', 'E', 'e+'),
  })
  .map(({ negative, whole, fraction, power, mark }) => {
    const sign = negative ? '-' : ''
    const exponent = power === undefined ? '' : (power < 0 ? mark[0] : mark) + String(power)
    const digits = BigInt(whole + fraction) * (negative ? -1n : 1n)
    return {
      text: sign + whole + (fraction && `.${fraction}`) + exponent,
      // Times 10^80, every one of them is an integer.
      scaled: digits * 10n ** BigInt(80 + (power ?? 0) - fraction.length),
    }
  })

test('two spellings are the same exactly when the integers they scale to are', () => {
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      expect(sameDecimal(a.text, b.text)).toBe(a.scaled === b.scaled)
    }),
  )
})

test('a number is the same as itself in every other spelling', () => {
  fc.assert(
    fc.property(decimal, fc.nat(20), fc.nat(20), (a, zeros, shift) => {
      const { negative, digits, exponent } = parseDecimal(a.text)
      const sign = negative ? '-' : ''
      const padded = `${sign}${digits || '0'}${'0'.repeat(zeros)}e${exponent - BigInt(zeros)}`
      const fraction = `${sign}0.${'0'.repeat(shift)}${digits || '0'}${'0'.repeat(zeros)}E${exponent + BigInt(digits.length + shift)}`
      expect(sameDecimal(a.text, padded)).toBe(true)
      expect(sameDecimal(fraction, a.text)).toBe(true)
      expect(sameDecimal(a.text, `${sign}${digits || '0'}1e${exponent - 1n}`)).toBe(false)
    }),
  )
})

test('plain digits name the same number, and stand for every integer of up to 40 digits', () => {
  fc.assert(
    fc.property(decimal, (a) => {
      const plain = plainInteger(a.text)
      const isInteger = a.scaled % 10n ** 80n === 0n
      const small = a.scaled < 10n ** 120n && a.scaled > -(10n ** 120n)
      if (plain !== undefined) expect(BigInt(plain) * 10n ** 80n).toBe(a.scaled)
      else expect(isInteger && small && !isNegativeZero(a.text)).toBe(false)
    }),
  )
})

test('a double carries exactly what Number and back leaves the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(fitsDouble(JSON.stringify(value))).toBe(true)
      expect(fitsDouble(value.toExponential())).toBe(true)
    }),
  )
  for (const text of ['9007199254740993', '0.1000000000000000000001', '1e400', '-1e400', '1e-400', '4.9e-324'])
    expect(fitsDouble(text), text).toBe(false)
  for (const text of ['9007199254740992', '0.1', '5e-324', '1e308', '-0', '0e999', '1.10'])
    expect(fitsDouble(text), text).toBe(true)
})

describe('at the edges', () => {
  test('negative zero is told from zero only where it is asked for', () => {
    expect(['-0', '-0.0', '-0e5'].map(isNegativeZero)).toEqual([true, true, true])
    expect(['0', '-1', '-0.1'].map(isNegativeZero)).toEqual([false, false, false])
    expect(sameDecimal('-0.0', '0e7')).toBe(true)
  })

  test('numeric takes 131,072 digits before the point and 16,383 after it', () => {
    expect(fitsNumeric('1e131071')).toBe(true)
    expect(fitsNumeric('1e131072')).toBe(false)
    expect(fitsNumeric('1e-16383')).toBe(true)
    expect(fitsNumeric('1e-16384')).toBe(false)
    expect(fitsNumeric('-0')).toBe(false)
  })

  test('an exponent of any size is compared, not computed', () => {
    expect(sameDecimal('1e99999999999999999999', '10e99999999999999999998')).toBe(true)
    expect(sameDecimal('1e99999999999999999999', '1e99999999999999999998')).toBe(false)
    expect(plainInteger('1e99999999999999999999')).toBeUndefined()
  })

  test('a million zeros inside a number cost a moment, not an hour', () => {
    const long = `1${'0'.repeat(1_000_000)}1`
    const began = performance.now()
    expect(sameDecimal(long, `${long}.0`)).toBe(true)
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('what is no number is refused', () => {
    for (const text of ['', '-', '1.', '.5', 'NaN', 'Infinity', '1e', '0x1', ' 1', '1_0'])
      expect(() => parseDecimal(text), text).toThrow(RangeError)
  })
})
