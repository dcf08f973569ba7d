import { bigintText, isPlainBigint } from '../codec/integers.ts'
import { Bytes } from '../jsonstore/bytes.ts'
import { ESCAPED, INTEGER, NUMBER, STRING, type Tape } from '../jsonstore/tape.ts'
import { unescapeJson } from '../jsonstore/text.ts'
import { hashBytes } from './hashes.ts'

const plain = new Bytes(256)

/** Hash of a scalar on its canonical text, so that the number 1 and the string "1" meet, as json-server lets them. */
export function hashScalar(tape: Tape, node: number): number {
  if (tape.kind(node) === NUMBER && !isPlainBigint(tape, node)) {
    const text = tape.raw(node)
    const digits = Buffer.from(bigintText(text) ?? String(Number(text)))
    return hashBytes(digits, 0, digits.length)
  }
  if ((tape.flags(node) & ESCAPED) === 0 || tape.kind(node) !== STRING)
    return hashBytes(tape.bytes, tape.start(node), tape.stop(node))
  plain.clear()
  unescapeJson(tape.bytes, tape.start(node), tape.stop(node), plain)
  return hashBytes(plain.data, 0, plain.length)
}

/** `12.5` and the like: at most 15 digits, no exponent, something after the point. A double always carries it. */
export function isShortFraction(tape: Tape, node: number): boolean {
  if ((tape.flags(node) & INTEGER) !== 0 || tape.stop(node) - tape.start(node) > 16) return false
  let afterPoint = 0
  for (let i = tape.start(node); i < tape.stop(node); i++) {
    const c = tape.bytes[i] as number
    if (c > 57) return false
    if (c === 46) afterPoint = 1
    else if (afterPoint === 1 && c !== 48) afterPoint = 2
  }
  return afterPoint === 2
}

/** Digits with at most one point and a leading minus: text that looks like a number. */
export function isNumberText(bytes: Uint8Array, start: number, end: number): boolean {
  let points = 0
  for (let i = bytes[start] === 45 && end - start > 1 ? start + 1 : start; i < end; i++) {
    const c = bytes[i] as number
    if (c === 46) points++
    else if (c < 48 || c > 57) return false
  }
  return points <= 1
}
