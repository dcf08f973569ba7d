import { Bytes } from '../jsonstore/bytes.ts'
import { fitsDouble } from '../jsonstore/decimal.ts'
import {
  ESCAPED,
  FALSE,
  INTEGER,
  KEY,
  LIST,
  NUMBER,
  OBJECT,
  STRIDE,
  STRING,
  type Tape,
  TRUE,
} from '../jsonstore/tape.ts'
import { HAS_LONE_SURROGATE, HAS_NUL, unescapeJson } from '../jsonstore/text.ts'
import type { Column } from '../schema/plan.ts'
import { writeJson, writeText } from './copy-text.ts'
import { epochText } from './epochs.ts'
import { instantDigits, isDay, isUuid } from './instants.ts'
import { bigintText, isPlainBigint } from './integers.ts'
import { numericText } from './numerics.ts'

/**
 * Writes a value that is not null as the COPY text of its column, or answers false, having perhaps written a part that
 * the caller takes back: the column cannot carry the value there and back, so it belongs into the aside.
 */
export type EncodeValue = (tape: Tape, node: number, out: Bytes) => boolean

/** The encoder of a column. */
export function encoderOf(column: Column): EncodeValue {
  switch (column.type) {
    case 'boolean':
      return encodeBoolean
    case 'bigint':
      return encodeBigint
    case 'double precision':
      return encodeDouble
    case 'numeric':
      return encodeNumeric
    case 'text':
      return encodeText
    case 'uuid':
      return (tape, node, out) =>
        isPlainText(tape, node) && isUuid(tape.bytes, tape.start(node), tape.stop(node)) && writeText(tape, node, out)
    case 'date':
      return (tape, node, out) =>
        isPlainText(tape, node) &&
        length(tape, node) === 10 &&
        isDay(tape.bytes, tape.start(node)) &&
        writeText(tape, node, out)
    case 'timestamptz':
      return typeof column.format === 'number'
        ? instantEncoder(column.format)
        : epochEncoder(column.format ?? 'epoch-ms')
    case 'text[]':
      return listEncoder(STRING, encodeElementText)
    case 'bigint[]':
      return listEncoder(NUMBER, encodeBigint)
    case 'jsonb':
      return encodeJsonb
  }
}

function length(tape: Tape, node: number): number {
  return tape.stop(node) - tape.start(node)
}

/** A string without escapes: what UUIDs, days and instants are written as. */
function isPlainText(tape: Tape, node: number): boolean {
  return tape.kind(node) === STRING && (tape.flags(node) & ESCAPED) === 0
}

const encodeBoolean: EncodeValue = (tape, node, out) => {
  const kind = tape.kind(node)
  if (kind !== TRUE && kind !== FALSE) return false
  out.push(kind === TRUE ? 116 : 102)
  return true
}

const encodeBigint: EncodeValue = (tape, node, out) => {
  if (tape.kind(node) !== NUMBER) return false
  if (isPlainBigint(tape, node)) {
    out.append(tape.bytes, tape.start(node), tape.stop(node))
    return true
  }
  const digits = bigintText(tape.raw(node))
  if (digits === undefined) return false
  out.ascii(digits)
  return true
}

const encodeDouble: EncodeValue = (tape, node, out) => {
  if (tape.kind(node) !== NUMBER) return false
  // Fifteen significant digits always survive a double, so only longer or exponential spellings are looked at.
  const isShort = length(tape, node) <= 15 && !hasExponent(tape, node)
  if (!isShort && !fitsDouble(tape.raw(node))) return false
  out.append(tape.bytes, tape.start(node), tape.stop(node))
  return true
}

const encodeNumeric: EncodeValue = (tape, node, out) => {
  if (tape.kind(node) !== NUMBER) return false
  if (isPlainBigint(tape, node)) {
    out.append(tape.bytes, tape.start(node), tape.stop(node))
    return true
  }
  const text = numericText(tape.raw(node))
  if (text === undefined) return false
  out.ascii(text)
  return true
}

function hasExponent(tape: Tape, node: number): boolean {
  if ((tape.flags(node) & INTEGER) !== 0) return false
  for (let i = tape.start(node); i < tape.stop(node); i++) if ((tape.bytes[i] as number) > 57) return true
  return false
}

const encodeText: EncodeValue = (tape, node, out) => tape.kind(node) === STRING && writeText(tape, node, out)

const encodeElementText: EncodeValue = (tape, node, out) => {
  out.push(34)
  const fits = writeText(tape, node, out, true)
  out.push(34)
  return fits
}

function instantEncoder(digits: number): EncodeValue {
  return (tape, node, out) =>
    isPlainText(tape, node) &&
    instantDigits(tape.bytes, tape.start(node), tape.stop(node)) === digits &&
    writeText(tape, node, out)
}

function epochEncoder(unit: 'epoch-ms' | 'epoch-s'): EncodeValue {
  return (tape, node, out) => {
    if (tape.kind(node) !== NUMBER || !isPlainBigint(tape, node)) return false
    const text = epochText(tape.raw(node), unit)
    if (text === undefined) return false
    out.ascii(text)
    return true
  }
}

function listEncoder(kind: number, encodeElement: EncodeValue): EncodeValue {
  return (tape, node, out) => {
    if (tape.kind(node) !== LIST) return false
    out.push(123)
    const end = tape.next(node)
    for (let item = node + STRIDE; item < end; item = tape.next(item)) {
      if (item > node + STRIDE) out.push(44)
      if (tape.kind(item) !== kind || !encodeElement(tape, item, out)) return false
    }
    out.push(125)
    return true
  }
}

/** PostgreSQL's jsonb holds strings and names of at most this many bytes. */
const LONGEST_JSONB_TEXT = (1 << 28) - 1
const scratch = new Bytes(256)

const encodeJsonb: EncodeValue = (tape, node, out) => {
  if (!fitsJsonb(tape, node)) return false
  writeJson(tape, node, out)
  return true
}

/** jsonb turns numbers into numeric and strings into text, so it holds what both hold. */
function fitsJsonb(tape: Tape, node: number): boolean {
  const end = tape.kind(node) === LIST || tape.kind(node) === OBJECT ? tape.next(node) : node + STRIDE
  for (let at = node; at < end; at += STRIDE) {
    const kind = tape.kind(at)
    if (kind === NUMBER && !isJsonbNumber(tape, at)) return false
    if ((kind === STRING || kind === KEY) && !fitsText(tape, at)) return false
  }
  return true
}

function isJsonbNumber(tape: Tape, node: number): boolean {
  if (isPlainBigint(tape, node)) return true
  const text = tape.raw(node)
  return numericText(text) === text
}

function fitsText(tape: Tape, node: number): boolean {
  if (length(tape, node) > LONGEST_JSONB_TEXT) return false
  if ((tape.flags(node) & ESCAPED) === 0) return true
  scratch.clear()
  return (unescapeJson(tape.bytes, tape.start(node), tape.stop(node), scratch) & (HAS_NUL | HAS_LONE_SURROGATE)) === 0
}
