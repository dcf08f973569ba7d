import type { OutgrowError } from '../errors.ts'
import { damageAt } from './damage.ts'
import {
  ESCAPED,
  FALSE,
  INTEGER,
  NULL,
  NUMBER,
  STRIDE,
  STRING,
  TapeNodes,
  TRUE,
  UNICODE_ESCAPED,
} from './tape-nodes.ts'

const WHITE = new Uint8Array(256)
for (const byte of [32, 9, 10, 13]) WHITE[byte] = 1

/**
 * Scans strings, numbers and words onto the tape, by the grammar of RFC 8259. Each answers the offset after the value, or -1
 * when the bytes at hand end first; what no further byte can mend throws `source-damaged`.
 */
export class ScalarScanner extends TapeNodes {
  /** Bytes up to here are at hand; `base` is the file offset of bytes[0]; `last`: the file ends at `limit`. */
  protected limit = 0
  protected base = 0
  protected last = false

  protected skip(from: number): number {
    const bytes = this.bytes
    let at = from
    while (at < this.limit && WHITE[bytes[at] as number] === 1) at++
    return at
  }

  protected scalar(at: number, byte: number): number {
    if (byte === 34) return this.string(at, STRING)
    if (byte === 45 || (byte >= 48 && byte <= 57)) return this.number(at)
    if (byte === 116) return this.word(at, 'true', TRUE)
    if (byte === 102) return this.word(at, 'false', FALSE)
    if (byte === 110) return this.word(at, 'null', NULL)
    throw this.damage(at, 'a value')
  }

  protected word(at: number, word: string, kind: number): number {
    for (let i = 0; i < word.length; i++) {
      if (at + i >= this.limit) return this.short(at + i, `\`${word}\``)
      if (this.bytes[at + i] !== word.charCodeAt(i)) throw this.damage(at + i, `\`${word}\``)
    }
    this.add(kind, at, at + word.length, this.length + STRIDE)
    return at + word.length
  }

  protected string(quote: number, kind: number): number {
    const bytes = this.bytes
    const limit = this.limit
    let flags = kind
    let at = quote + 1
    for (; at < limit; at++) {
      const byte = bytes[at] as number
      if (byte === 34) {
        this.add(flags, quote + 1, at, this.length + STRIDE)
        return at + 1
      }
      if (byte === 92) {
        flags |= bytes[at + 1] === 117 ? ESCAPED | UNICODE_ESCAPED : ESCAPED
        const after = this.escape(at)
        if (after < 0) return -1
        at = after - 1
      } else if (byte < 32) throw this.damage(at, 'text')
    }
    return this.short(limit, 'the end of a string')
  }

  protected escape(at: number): number {
    if (at + 1 >= this.limit) return this.short(this.limit, 'an escape')
    const letter = this.bytes[at + 1] as number
    if (letter !== 117) {
      if (!'"\\/bfnrt'.includes(String.fromCharCode(letter))) throw this.damage(at + 1, 'an escape letter')
      return at + 2
    }
    for (let i = at + 2; i < at + 6; i++) {
      if (i >= this.limit) return this.short(this.limit, 'four hex digits')
      const c = (this.bytes[i] as number) | 32
      if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102)) || (this.bytes[i] as number) < 48)
        throw this.damage(i, 'a hex digit')
    }
    return at + 6
  }

  protected number(from: number): number {
    let flags = NUMBER | INTEGER
    let at = this.bytes[from] === 45 ? from + 1 : from
    const first = at
    at = this.digits(at)
    if (at < 0) return -1
    if (this.bytes[first] === 48 && at - first > 1) throw this.damage(first + 1, 'a number without leading zeros')
    if (at < this.limit && this.bytes[at] === 46) {
      flags = NUMBER
      at = this.digits(at + 1)
      if (at < 0) return -1
    }
    if (at < this.limit && ((this.bytes[at] as number) | 32) === 101) {
      flags = NUMBER
      const sign = this.bytes[at + 1]
      at = this.digits(at + 1 < this.limit && (sign === 43 || sign === 45) ? at + 2 : at + 1)
      if (at < 0) return -1
    }
    // A number has no end of its own: more digits may follow in bytes not yet read.
    if (at >= this.limit && !this.last) return -1
    this.add(flags, from, at, this.length + STRIDE)
    return at
  }

  protected digits(from: number): number {
    const bytes = this.bytes
    let at = from
    while (at < this.limit && (bytes[at] as number) >= 48 && (bytes[at] as number) <= 57) at++
    if (at > from) return at
    if (at >= this.limit) return this.short(at, 'a digit')
    throw this.damage(at, 'a digit')
  }

  protected short(at: number, wanted: string): -1 {
    if (this.last) throw damageAt(this.bytes, at, this.limit, this.base + at, wanted)
    return -1
  }

  protected damage(at: number, wanted: string): OutgrowError {
    return damageAt(this.bytes, at, this.limit, this.base + at, wanted)
  }
}
