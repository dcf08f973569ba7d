import { Bytes } from './bytes.ts'

/**
 * Text between its three forms: the body of a JSON string (bytes between the quotes, with escapes), WTF-8 (UTF-8 in
 * which a lone surrogate is written as three bytes, so that every JSON string has one byte form and back), and a
 * JavaScript string. Source of WTF-8: https://simonsapin.github.io/wtf-8/.
 */

/** The string holds U+0000, which no PostgreSQL text can hold. */
export const HAS_NUL = 1
/** The string holds a surrogate without its twin, which no UTF-8 can hold. */
export const HAS_LONE_SURROGATE = 2

const SIMPLE = new Uint8Array(128)
for (const [letter, code] of [
  ['"', 34],
  ['\\', 92],
  ['/', 47],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
] as const)
  SIMPLE[letter.charCodeAt(0)] = code

/** Value of four hex digits at `at`; the scanner has already checked that they are hex digits. */
function hex4(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = at; i < at + 4; i++) {
    const c = bytes[i] as number
    value = (value << 4) | (c <= 57 ? c - 48 : (c | 32) - 87)
  }
  return value
}

/** Reads the `\uXXXX` at `at` (the backslash) and, after a high surrogate, its low twin. Low 21 bits: code point. */
export function unicodeEscape(bytes: Uint8Array, at: number, end: number): { code: number; next: number } {
  const high = hex4(bytes, at + 2)
  const isPair = high >= 0xd800 && high < 0xdc00 && at + 12 <= end && bytes[at + 6] === 92 && bytes[at + 7] === 117
  const low = isPair ? hex4(bytes, at + 8) : 0
  if (isPair && low >= 0xdc00 && low < 0xe000) {
    return { code: 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), next: at + 12 }
  }
  return { code: high, next: at + 6 }
}

function pushCodePoint(out: Bytes, code: number): void {
  if (code < 0x80) out.push(code)
  else if (code < 0x800) {
    out.push(0xc0 | (code >> 6))
    out.push(0x80 | (code & 63))
  } else {
    if (code < 0x10000) out.push(0xe0 | (code >> 12))
    else {
      out.push(0xf0 | (code >> 18))
      out.push(0x80 | ((code >> 12) & 63))
    }
    out.push(0x80 | ((code >> 6) & 63))
    out.push(0x80 | (code & 63))
  }
}

/** Appends the WTF-8 of a JSON string body to `out` and returns HAS_NUL and HAS_LONE_SURROGATE as they apply. */
export function unescapeJson(bytes: Uint8Array, start: number, end: number, out: Bytes): number {
  let trouble = 0
  let run = start
  for (let at = start; at < end; ) {
    if (bytes[at] !== 92) {
      at++
      continue
    }
    out.append(bytes, run, at)
    const letter = bytes[at + 1] as number
    if (letter === 117) {
      const { code, next } = unicodeEscape(bytes, at, end)
      if (code === 0) trouble |= HAS_NUL
      else if (code >= 0xd800 && code < 0xe000) trouble |= HAS_LONE_SURROGATE
      pushCodePoint(out, code)
      at = next
    } else {
      out.push(SIMPLE[letter] as number)
      at += 2
    }
    run = at
  }
  out.append(bytes, run, end)
  return trouble
}

const HEX = Buffer.from('0123456789abcdef')
const SHORT = new Uint8Array(32)
for (const [code, letter] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
] as const)
  SHORT[code] = letter.charCodeAt(0)

function pushUnicodeEscape(out: Bytes, code: number): void {
  out.ascii('\\u')
  for (let shift = 12; shift >= 0; shift -= 4) out.push(HEX[(code >> shift) & 15] as number)
}

/** Appends WTF-8 as the body of a JSON string in its one canonical spelling (as JSON.stringify writes it). */
export function escapeJson(bytes: Uint8Array, start: number, end: number, out: Bytes): void {
  let run = start
  for (let at = start; at < end; at++) {
    const c = bytes[at] as number
    if (c >= 32 && c !== 34 && c !== 92 && !(c === 0xed && (bytes[at + 1] as number) >= 0xa0)) continue
    out.append(bytes, run, at)
    if (c === 0xed) {
      pushUnicodeEscape(out, 0xd000 | (((bytes[at + 1] as number) & 63) << 6) | ((bytes[at + 2] as number) & 63))
      at += 2
    } else if (c === 34 || c === 92 || SHORT[c]) {
      out.push(92)
      out.push(c < 32 ? (SHORT[c] as number) : c)
    } else pushUnicodeEscape(out, c)
    run = at + 1
  }
  out.append(bytes, run, end)
}

const scratch = new Bytes(256)

/** The JavaScript string of a JSON string body; lone surrogates and U+0000 included. */
export function jsonText(bytes: Uint8Array, start: number, end: number): string {
  scratch.clear()
  const trouble = unescapeJson(bytes, start, end, scratch)
  // Buffer would turn a lone surrogate into U+FFFD, so that rare case goes through JSON.parse, which does not.
  if ((trouble & HAS_LONE_SURROGATE) === 0) return scratch.data.toString('utf8', 0, scratch.length)
  return JSON.parse(`"${Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')}"`) as string
}

/** Appends a JavaScript string as WTF-8. */
export function pushText(out: Bytes, text: string): void {
  if (text.isWellFormed()) {
    const size = Buffer.byteLength(text)
    out.reserve(size)
    out.length += out.data.write(text, out.length, size, 'utf8')
    return
  }
  for (const character of text) pushCodePoint(out, character.codePointAt(0) as number)
}
