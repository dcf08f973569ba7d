import { Bytes } from '../jsonstore/bytes.ts'
import { escapeJson } from '../jsonstore/text.ts'
import type { Column } from '../schema/plan.ts'
import { readField } from './copy-text.ts'
import { epochOf } from './epochs.ts'

/** Writes the JSON text of a field that is not NULL, given its COPY text at bytes [start, end). */
export type DecodeValue = (bytes: Uint8Array, start: number, end: number, out: Bytes) => void

/** The decoder of a column: with the encoder of the same column, the identity on every value that it took. */
export function decoderOf(column: Column): DecodeValue {
  switch (column.type) {
    case 'boolean':
      return (bytes, start, _end, out) => out.ascii(bytes[start] === 116 ? 'true' : 'false')
    case 'double precision':
      return decodeDouble
    case 'text':
      return decodeText
    case 'uuid':
    case 'date':
      return decodeQuoted
    case 'timestamptz':
      return typeof column.format === 'number'
        ? instantDecoder(column.format)
        : epochDecoder(column.format ?? 'epoch-ms')
    case 'text[]':
      return decodeTextArray
    case 'bigint[]':
      return decodeBigintArray
    case 'jsonb':
      return readField
    default:
      return copy
  }
}

const copy: DecodeValue = (bytes, start, end, out) => out.append(bytes, start, end)

/** PostgreSQL and JavaScript print the same shortest digits; only the exponent forms differ (`1e-07`, `1e+20`). */
const decodeDouble: DecodeValue = (bytes, start, end, out) => {
  out.reserve(end - start)
  const { data } = out
  let length = out.length
  for (let at = start; at < end; at++) {
    const c = bytes[at] as number
    if (c === 101) {
      out.ascii(String(Number(Buffer.from(bytes.subarray(start, end)).toString('latin1'))))
      return
    }
    data[length++] = c
  }
  out.length = length
}

const decodeQuoted: DecodeValue = (bytes, start, end, out) => {
  out.push(34)
  out.append(bytes, start, end)
  out.push(34)
}

const plain = new Bytes(256)

/** Most texts need no escape on either side: they are copied in the pass that finds this out. */
const decodeText: DecodeValue = (bytes, start, end, out) => {
  out.reserve(end - start + 2)
  const { data } = out
  let length = out.length
  data[length++] = 34
  for (let at = start; at < end; at++) {
    const c = bytes[at] as number
    if (c < 32 || c === 34 || c === 92) {
      decodeEscapedText(bytes, start, end, out)
      return
    }
    data[length++] = c
  }
  data[length++] = 34
  out.length = length
}

function decodeEscapedText(bytes: Uint8Array, start: number, end: number, out: Bytes): void {
  plain.clear()
  readField(bytes, start, end, plain)
  out.push(34)
  escapeJson(plain.data, 0, plain.length, out)
  out.push(34)
}

function instantDecoder(digits: number): DecodeValue {
  return (bytes, start, end, out) => {
    // `2023-11-14 22:13:20.5+00`: PostgreSQL drops trailing zeros of the fraction, and the fraction itself when it is 0.
    out.push(34)
    out.append(bytes, start, start + 10)
    out.push(84)
    out.append(bytes, start + 11, start + 19)
    if (digits > 0) {
      out.push(46)
      const given = bytes[start + 19] === 46 ? end - 3 - (start + 20) : 0
      out.append(bytes, start + 20, start + 20 + given)
      for (let i = given; i < digits; i++) out.push(48)
    }
    out.push(90)
    out.push(34)
  }
}

function epochDecoder(unit: 'epoch-ms' | 'epoch-s'): DecodeValue {
  return (bytes, start, end, out) =>
    out.ascii(epochOf(Buffer.from(bytes.subarray(start, end)).toString('latin1'), unit))
}

const decodeBigintArray: DecodeValue = (bytes, start, end, out) => {
  out.push(91)
  out.append(bytes, start + 1, end - 1)
  out.push(93)
}

const array = new Bytes(256)

/** An array literal: elements bare, or quoted with backslash escapes; commas between. */
const decodeTextArray: DecodeValue = (bytes, start, end, out) => {
  array.clear()
  readField(bytes, start, end, array)
  out.push(91)
  const { data } = array
  for (let at = 1; at < array.length - 1; ) {
    if (at > 1) {
      out.push(44)
      at++
    }
    at = data[at] === 34 ? decodeQuotedElement(data, at + 1, out) : decodeBareElement(data, at, array.length - 1, out)
  }
  out.push(93)
}

function decodeBareElement(data: Uint8Array, start: number, limit: number, out: Bytes): number {
  let end = start
  while (end < limit && data[end] !== 44) end++
  const isNull = end - start === 4 && Buffer.from(data.subarray(start, end)).toString('latin1') === 'NULL'
  if (isNull) out.ascii('null')
  else {
    out.push(34)
    escapeJson(data, start, end, out)
    out.push(34)
  }
  return end
}

function decodeQuotedElement(data: Uint8Array, start: number, out: Bytes): number {
  plain.clear()
  let at = start
  for (; data[at] !== 34; at++) {
    if (data[at] === 92) at++
    plain.push(data[at] as number)
  }
  out.push(34)
  escapeJson(plain.data, 0, plain.length, out)
  out.push(34)
  return at + 1
}
