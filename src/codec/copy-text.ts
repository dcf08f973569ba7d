import type { Bytes } from '../jsonstore/bytes.ts'
import { ESCAPED, STRING, type Tape } from '../jsonstore/tape.ts'
import { unicodeEscape } from '../jsonstore/text.ts'

/**
 * PostgreSQL's COPY text format, written from JSON and read into JSON without a string in between. In it a backslash
 * escapes, a tab ends a field, a newline ends a row; JSON forbids raw control characters, so the body of a JSON string
 * without escapes is already COPY text. Source: PostgreSQL documentation, COPY, "Text Format".
 */

const BACKSLASH = 92
/** JSON escape letters that COPY knows by the same letter. */
const SAME_LETTER = new Uint8Array(128)
for (const letter of 'bfnrt') SAME_LETTER[letter.charCodeAt(0)] = 1

/** Writes the text of a STRING node; `inArray` escapes it for an array literal too. False: no text column holds it. */
export function writeText(tape: Tape, node: number, out: Bytes, inArray = false): boolean {
  const bytes = tape.bytes
  const start = tape.start(node)
  const end = tape.stop(node)
  if ((tape.flags(node) & ESCAPED) === 0) {
    out.append(bytes, start, end)
    return true
  }
  let run = start
  for (let at = start; at < end; ) {
    if (bytes[at] !== BACKSLASH) {
      at++
      continue
    }
    out.append(bytes, run, at)
    const letter = bytes[at + 1] as number
    if (letter === 117) {
      const { code, next } = unicodeEscape(bytes, at, end)
      if (code === 0 || (code >= 0xd800 && code < 0xe000)) return false
      writeCodePoint(code, out, inArray)
      at = next
    } else {
      writeEscape(letter, out, inArray)
      at += 2
    }
    run = at
  }
  out.append(bytes, run, end)
  return true
}

function writeEscape(letter: number, out: Bytes, inArray: boolean): void {
  if (SAME_LETTER[letter] === 1) {
    out.push(BACKSLASH)
    out.push(letter)
  } else if (letter === BACKSLASH) out.ascii(inArray ? '\\\\\\\\' : '\\\\')
  else {
    if (letter === 34 && inArray) out.ascii('\\\\')
    out.push(letter)
  }
}

const CONTROL = new Map([
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
])

function writeCodePoint(code: number, out: Bytes, inArray: boolean): void {
  const letter = CONTROL.get(code)
  if (letter !== undefined) writeEscape(letter.charCodeAt(0), out, inArray)
  else if (code === BACKSLASH || code === 34) writeEscape(code, out, inArray)
  else {
    const text = String.fromCodePoint(code)
    out.reserve(4)
    out.length += out.data.write(text, out.length, 4, 'utf8')
  }
}

/** Bytes [from, to) of a node in the source, the quotes of a string included. */
export function spanOf(tape: Tape, node: number): { from: number; to: number } {
  const quotes = tape.kind(node) === STRING ? 1 : 0
  return { from: tape.start(node) - quotes, to: tape.stop(node) + quotes }
}

/** Writes a node as JSON without white space between tokens, its backslashes doubled for COPY. */
export function writeJson(tape: Tape, node: number, out: Bytes): void {
  const { from, to } = spanOf(tape, node)
  const { bytes } = tape
  out.reserve((to - from) * 2)
  const data = out.data
  let length = out.length
  let inText = false
  for (let at = from; at < to; at++) {
    const c = bytes[at] as number
    if (c === BACKSLASH) {
      data[length++] = c
      data[length++] = c
      const next = bytes[++at] as number
      data[length++] = next
      if (next === BACKSLASH) data[length++] = next
    } else if (c > 32 || inText) {
      if (c === 34) inText = !inText
      data[length++] = c
    }
  }
  out.length = length
}

const LETTER = new Uint8Array(128)
for (const [letter, code] of [
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
] as const)
  LETTER[letter.charCodeAt(0)] = code

/** Undoes COPY's escapes: bytes [start, end) of a field as the text that the column holds. */
export function readField(bytes: Uint8Array, start: number, end: number, out: Bytes): void {
  let run = start
  for (let at = start; at < end; at++) {
    if (bytes[at] !== BACKSLASH) continue
    out.append(bytes, run, at)
    const letter = bytes[++at] as number
    out.push(LETTER[letter] || letter)
    run = at + 1
  }
  out.append(bytes, run, end)
}
