/**
 * JSON numbers as exact decimals. A number is never turned into a double to be compared: `9007199254740993`, `1e400` and
 * `0.1` keep every digit. Two spellings are equal when they name the same decimal: `1.10` = `1.1`, `1E2` = `100`.
 */
export interface Decimal {
  negative: boolean
  /** Digits without leading or trailing zeros; empty for zero. */
  digits: string
  /** Power of ten that the integer `digits` is multiplied by. */
  exponent: bigint
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** Reads a number in JSON's grammar (or PostgreSQL's output, which adds nothing but `e+20`). */
export function parseDecimal(text: string): Decimal {
  const match = NUMBER.exec(text)
  if (!match) throw new RangeError(`not a decimal number: ${text}`)
  const fraction = match[3] ?? ''
  const all = ((match[2] as string) + fraction).replace(/^0+/, '')
  const digits = all.slice(0, lastNonZero(all) + 1)
  const exponent = BigInt(match[4] ?? 0) - BigInt(fraction.length) + BigInt(all.length - digits.length)
  return { negative: match[1] === '-', digits, exponent: digits === '' ? 0n : exponent }
}

/** A loop, because `/0+$/` takes quadratic time over zeros that are not the last digits. */
function lastNonZero(digits: string): number {
  let at = digits.length - 1
  while (at >= 0 && digits.charCodeAt(at) === 48) at--
  return at
}

/** True when both name the same decimal; the sign of zero does not count. */
export function sameDecimal(a: string, b: string): boolean {
  if (a === b) return true
  const x = parseDecimal(a)
  const y = parseDecimal(b)
  if (x.digits !== y.digits || x.exponent !== y.exponent) return false
  return x.negative === y.negative || x.digits === ''
}

/** The integer that the text names, as plain digits; undefined when it has a fraction or more than 40 digits. */
export function plainInteger(text: string): string | undefined {
  const { negative, digits, exponent } = parseDecimal(text)
  if (exponent < 0n || BigInt(digits.length) + exponent > 40n) return undefined
  if (digits === '') return negative ? undefined : '0'
  return (negative ? '-' : '') + digits + '0'.repeat(Number(exponent))
}

/** True for a spelling of negative zero, which only a double (or the text itself) can carry. */
export function isNegativeZero(text: string): boolean {
  return text.charCodeAt(0) === 45 && parseDecimal(text).digits === ''
}

/** True when a double carries the text there and back: its shortest decimal names the same number. */
export function fitsDouble(text: string): boolean {
  const value = Number(text)
  if (!Number.isFinite(value)) return false
  return sameDecimal(text, Object.is(value, -0) ? '-0' : String(value))
}

/** True when PostgreSQL's numeric carries it: at most 131,072 digits before the point and 16,383 after. */
export function fitsNumeric(text: string): boolean {
  const { negative, digits, exponent } = parseDecimal(text)
  if (digits === '') return !negative
  return BigInt(digits.length) + exponent <= 131_072n && -exponent <= 16_383n
}
