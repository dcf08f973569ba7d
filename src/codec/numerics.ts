import { fitsNumeric, parseDecimal } from '../jsonstore/decimal.ts'

/** Far beyond what any number that fits needs, and far below where PostgreSQL stops reading exponents. */
const LARGEST_EXPONENT = 200_000n
/** Most digits after the point that numeric keeps. */
const MOST_FRACTION = 16_383n

/**
 * The text with which numeric takes the number, or undefined when it does not hold it. It is the text itself, unless
 * PostgreSQL judges the spelling before the value (`0e9999999999`, `10e-16384`, `1.000…`): then the shortest one.
 */
export function numericText(text: string): string | undefined {
  if (!fitsNumeric(text)) return undefined
  if (isNumericSpelling(text)) return text
  const { negative, digits, exponent } = parseDecimal(text)
  return digits === '' ? '0' : `${negative ? '-' : ''}${digits}e${exponent}`
}

/** True when PostgreSQL reads this very spelling of a number that numeric holds. */
function isNumericSpelling(text: string): boolean {
  const point = text.indexOf('.')
  const mark = text.search(/[eE]/)
  const exponent = mark < 0 ? 0n : BigInt(text.slice(mark + 1).replace('+', ''))
  const fraction = point < 0 ? 0 : (mark < 0 ? text.length : mark) - point - 1
  if (exponent > LARGEST_EXPONENT || exponent < -LARGEST_EXPONENT) return false
  return BigInt(fraction) - exponent <= MOST_FRACTION
}
