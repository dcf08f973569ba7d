import { isNegativeZero, plainInteger } from '../jsonstore/decimal.ts'
import { INTEGER, type Tape } from '../jsonstore/tape.ts'

const LOWEST = -(2n ** 63n)
const HIGHEST = 2n ** 63n - 1n

/**
 * True when the NUMBER node is an integer that PostgreSQL's bigint holds and whose digits in the source are already
 * what it prints: the case of nearly every number, decided without making a string.
 */
export function isPlainBigint(tape: Tape, node: number): boolean {
  const length = tape.stop(node) - tape.start(node)
  if ((tape.flags(node) & INTEGER) === 0 || length > 18) return false
  return length > 1 ? tape.bytes[tape.start(node)] !== 45 || tape.bytes[tape.start(node) + 1] !== 48 : true
}

/** The digits with which bigint holds the number (`1E2` → `100`), or undefined when it does not fit. */
export function bigintText(text: string): string | undefined {
  if (isNegativeZero(text)) return undefined
  const digits = plainInteger(text)
  if (digits === undefined) return undefined
  const value = BigInt(digits)
  return value >= LOWEST && value <= HIGHEST ? digits : undefined
}
