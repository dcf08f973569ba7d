import { OutgrowError } from '../errors.ts'
import { damageAt } from './damage.ts'
import { type KeyTable, UNNUMBERED } from './keys.ts'
import { jsonText } from './text.ts'

/**
 * One JSON value as a tape of nodes over its own bytes: what it is and where it stands, nothing converted. Numbers stay
 * digits and strings stay bytes, so every later step is exact by construction. The idea of a tape is simdjson's
 * (https://arxiv.org/abs/1902.08318); this one is scalar.
 *
 * A node is four integers: kind and flags, start, end, next. Strings and names exclude their quotes. `next` is the node
 * after the subtree; for a KEY it is the number of the name instead, and its value is the node right after it.
 */
export const NULL = 0
export const FALSE = 1
export const TRUE = 2
export const NUMBER = 3
export const STRING = 4
export const LIST = 5
export const OBJECT = 6
export const KEY = 7

/** The string or name holds a backslash. */
export const ESCAPED = 8
/** The string or name holds a `\\u` escape: only then can it hold U+0000 or a lone surrogate. */
export const UNICODE_ESCAPED = 32
/** The number is digits with an optional minus: no point, no exponent. */
export const INTEGER = 16

export const STRIDE = 4
/** Deepest nesting that is read; PostgreSQL's own parser and most tools stop not far above. */
export const MAX_DEPTH = 512

const KIND = 7
const WHITE = new Uint8Array(256)
for (const byte of [32, 9, 10, 13]) WHITE[byte] = 1

/** What ended an attempt to read a value: the value is whole, or the bytes at hand ended first. */
export type Parsed = 'whole' | 'short'

/** What a name that stands twice in one object means: the document is refused, or both members go on the tape. */
export type Duplicates = 'refuse' | 'keep'

export class Tape {
  bytes: Uint8Array = new Uint8Array(0)
  nodes = new Int32Array(STRIDE * 256)
  /** Count of integers in use in `nodes`. */
  length = 0
  /** Offset in `bytes` after the value. */
  end = 0
  readonly keys: KeyTable
  #limit = 0
  #base = 0
  #last = false
  #open = new Int32Array(MAX_DEPTH + 1)
  #previous = new Int32Array(MAX_DEPTH + 1)
  #stamps = new Int32Array(1024)
  #stamp = 0

  readonly #refuses: boolean

  constructor(keys: KeyTable, duplicates: Duplicates = 'refuse') {
    this.keys = keys
    this.#refuses = duplicates === 'refuse'
  }

  kind(node: number): number {
    return (this.nodes[node] as number) & KIND
  }
  flags(node: number): number {
    return this.nodes[node] as number
  }
  start(node: number): number {
    return this.nodes[node + 1] as number
  }
  stop(node: number): number {
    return this.nodes[node + 2] as number
  }
  /** The node after this one's subtree; for a KEY use `keyId`. */
  next(node: number): number {
    return this.nodes[node + 3] as number
  }
  keyId(node: number): number {
    return this.nodes[node + 3] as number
  }
  /** The JavaScript string of a STRING or KEY node. */
  text(node: number): string {
    return jsonText(this.bytes, this.start(node), this.stop(node))
  }
  /** The bytes of a node as they stand in the source, as Latin-1 text: for numbers and short ASCII. */
  raw(node: number): string {
    const bytes = this.bytes
    let text = ''
    for (let i = this.start(node); i < this.stop(node); i++) text += String.fromCharCode(bytes[i] as number)
    return text
  }

  /**
   * Reads the value that begins at `at` (no white space before it), using bytes up to `limit`. `base` is the file offset
   * of bytes[0]; `last` says that the file ends at `limit`. Damage throws `source-damaged` with the byte offset.
   */
  read(bytes: Uint8Array, at: number, limit: number, base: number, last: boolean): Parsed {
    this.bytes = bytes
    this.#limit = limit
    this.#base = base
    this.#last = last
    this.length = 0
    const end = this.#values(at)
    if (end < 0) return 'short'
    this.end = end
    return 'whole'
  }

  #add(kind: number, start: number, end: number, next: number): number {
    if (this.length + STRIDE > this.nodes.length) {
      const grown = new Int32Array(this.nodes.length * 2)
      grown.set(this.nodes)
      this.nodes = grown
    }
    const node = this.length
    const nodes = this.nodes
    nodes[node] = kind
    nodes[node + 1] = start
    nodes[node + 2] = end
    nodes[node + 3] = next
    this.length = node + STRIDE
    return node
  }

  /** The loop over values; `depth` containers are open. Returns the offset after the value, or -1 when bytes ran out. */
  #values(from: number): number {
    const bytes = this.bytes
    const limit = this.#limit
    const open = this.#open
    let at = from
    let depth = 0
    for (;;) {
      if (at >= limit) return this.#short(at, 'a value')
      const byte = bytes[at] as number
      if (byte === 123 || byte === 91) {
        if (depth >= MAX_DEPTH) throw this.#tooDeep(at)
        open[depth++] = this.#add(byte === 123 ? OBJECT : LIST, at, -1, -1)
        this.#previous[depth - 1] = UNNUMBERED
        at = this.#skip(at + 1)
        if (at >= limit) return this.#short(at, 'a value')
        if (bytes[at] !== byte + 2) {
          if (byte === 91) continue
          at = this.#member(at, depth)
          if (at < 0) return -1
          continue
        }
        at = this.#close(open[--depth] as number, at)
      } else {
        at = this.#scalar(at, byte)
        if (at < 0) return -1
      }
      // A value is whole: go on in the container it stands in, closing those that end here.
      for (;;) {
        if (depth === 0) return at
        at = this.#skip(at)
        if (at >= limit) return this.#short(at, '`,` or the end of a list or object')
        const container = open[depth - 1] as number
        const isObject = this.nodes[container] === OBJECT
        const mark = bytes[at] as number
        if (mark === 44) {
          at = this.#skip(at + 1)
          if (isObject) {
            at = this.#member(at, depth)
            if (at < 0) return -1
          }
          break
        }
        if (mark !== (isObject ? 125 : 93)) throw this.#damage(at, isObject ? '`,` or `}`' : '`,` or `]`')
        at = this.#close(container, at)
        depth--
      }
    }
  }

  #close(node: number, at: number): number {
    this.nodes[node + 2] = at + 1
    this.nodes[node + 3] = this.length
    if (this.nodes[node] === OBJECT && this.#refuses) this.#refuseDuplicates(node)
    return at + 1
  }

  #skip(from: number): number {
    const bytes = this.bytes
    let at = from
    while (at < this.#limit && WHITE[bytes[at] as number] === 1) at++
    return at
  }

  /** A member's name and colon; returns where its value begins. */
  #member(at: number, depth: number): number {
    if (at >= this.#limit) return this.#short(at, 'a member name')
    if (this.bytes[at] !== 34) throw this.#damage(at, 'a member name')
    const stop = this.#name(at, depth)
    if (stop < 0) return -1
    const colon = this.#skip(stop)
    if (colon >= this.#limit) return this.#short(colon, '`:`')
    if (this.bytes[colon] !== 58) throw this.#damage(colon, '`:`')
    const value = this.#skip(colon + 1)
    return value >= this.#limit ? this.#short(value, 'a value') : value
  }

  /** A member's name: the one expected here is recognised by its bytes alone, without a scan for its end. */
  #name(at: number, depth: number): number {
    const previous = this.#previous[depth - 1] as number
    const guess = this.keys.guessAfter(previous)
    const length = this.keys.matches(guess, this.bytes, at + 1, this.#limit)
    if (length >= 0) {
      this.#add(KEY, at + 1, at + 1 + length, guess)
      this.#previous[depth - 1] = guess
      return at + 2 + length
    }
    const stop = this.#string(at, KEY)
    if (stop < 0) return -1
    const node = this.length - STRIDE
    const escaped = ((this.nodes[node] as number) & ESCAPED) !== 0
    const id = this.keys.idOf(this.bytes, at + 1, stop - 1, escaped, previous)
    this.nodes[node + 3] = id
    this.#previous[depth - 1] = id
    return stop
  }

  #scalar(at: number, byte: number): number {
    if (byte === 34) return this.#string(at, STRING)
    if (byte === 45 || (byte >= 48 && byte <= 57)) return this.#number(at)
    if (byte === 116) return this.#word(at, 'true', TRUE)
    if (byte === 102) return this.#word(at, 'false', FALSE)
    if (byte === 110) return this.#word(at, 'null', NULL)
    throw this.#damage(at, 'a value')
  }

  #word(at: number, word: string, kind: number): number {
    for (let i = 0; i < word.length; i++) {
      if (at + i >= this.#limit) return this.#short(at + i, `\`${word}\``)
      if (this.bytes[at + i] !== word.charCodeAt(i)) throw this.#damage(at + i, `\`${word}\``)
    }
    this.#add(kind, at, at + word.length, this.length + STRIDE)
    return at + word.length
  }

  #string(quote: number, kind: number): number {
    const bytes = this.bytes
    const limit = this.#limit
    let flags = kind
    let at = quote + 1
    for (; at < limit; at++) {
      const byte = bytes[at] as number
      if (byte === 34) {
        this.#add(flags, quote + 1, at, this.length + STRIDE)
        return at + 1
      }
      if (byte === 92) {
        flags |= bytes[at + 1] === 117 ? ESCAPED | UNICODE_ESCAPED : ESCAPED
        const after = this.#escape(at)
        if (after < 0) return -1
        at = after - 1
      } else if (byte < 32) throw this.#damage(at, 'text')
    }
    return this.#short(limit, 'the end of a string')
  }

  #escape(at: number): number {
    if (at + 1 >= this.#limit) return this.#short(this.#limit, 'an escape')
    const letter = this.bytes[at + 1] as number
    if (letter !== 117) {
      if (!'"\\/bfnrt'.includes(String.fromCharCode(letter))) throw this.#damage(at + 1, 'an escape letter')
      return at + 2
    }
    for (let i = at + 2; i < at + 6; i++) {
      if (i >= this.#limit) return this.#short(this.#limit, 'four hex digits')
      const c = (this.bytes[i] as number) | 32
      if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102)) || (this.bytes[i] as number) < 48)
        throw this.#damage(i, 'a hex digit')
    }
    return at + 6
  }

  #number(from: number): number {
    let flags = NUMBER | INTEGER
    let at = this.bytes[from] === 45 ? from + 1 : from
    const first = at
    at = this.#digits(at)
    if (at < 0) return -1
    if (this.bytes[first] === 48 && at - first > 1) throw this.#damage(first + 1, 'a number without leading zeros')
    if (at < this.#limit && this.bytes[at] === 46) {
      flags = NUMBER
      at = this.#digits(at + 1)
      if (at < 0) return -1
    }
    if (at < this.#limit && ((this.bytes[at] as number) | 32) === 101) {
      flags = NUMBER
      const sign = this.bytes[at + 1]
      at = this.#digits(at + 1 < this.#limit && (sign === 43 || sign === 45) ? at + 2 : at + 1)
      if (at < 0) return -1
    }
    // A number has no end of its own: more digits may follow in bytes not yet read.
    if (at >= this.#limit && !this.#last) return -1
    this.#add(flags, from, at, this.length + STRIDE)
    return at
  }

  #digits(from: number): number {
    const bytes = this.bytes
    let at = from
    while (at < this.#limit && (bytes[at] as number) >= 48 && (bytes[at] as number) <= 57) at++
    if (at > from) return at
    if (at >= this.#limit) return this.#short(at, 'a digit')
    throw this.#damage(at, 'a digit')
  }

  /** Each numbered name of an object leaves the object's stamp; meeting it again is a duplicate. */
  #refuseDuplicates(object: number): void {
    const nodes = this.nodes
    const stamp = ++this.#stamp
    let unnumbered: Set<string> | undefined
    for (let key = object + STRIDE; key < this.length; key = nodes[key + STRIDE + 3] as number) {
      const id = nodes[key + 3] as number
      if (id === UNNUMBERED) {
        unnumbered ??= new Set()
        const name = this.text(key)
        if (unnumbered.has(name)) throw this.#duplicate(key)
        unnumbered.add(name)
        continue
      }
      if (id >= this.#stamps.length) this.#growStamps(id)
      if (this.#stamps[id] === stamp) throw this.#duplicate(key)
      this.#stamps[id] = stamp
    }
  }

  #growStamps(id: number): void {
    const grown = new Int32Array(Math.max(this.#stamps.length * 2, id + 1))
    grown.set(this.#stamps)
    this.#stamps = grown
  }

  #short(at: number, wanted: string): -1 {
    if (this.#last) throw damageAt(this.bytes, at, this.#limit, this.#base + at, wanted)
    return -1
  }

  #damage(at: number, wanted: string): OutgrowError {
    return damageAt(this.bytes, at, this.#limit, this.#base + at, wanted)
  }

  #tooDeep(at: number): OutgrowError {
    const offset = this.#base + at
    return new OutgrowError('source-damaged', `The store nests deeper than ${MAX_DEPTH} levels at byte ${offset}.`, {
      place: `byte ${offset}`,
      next: 'Flatten the value, or store it as a string.',
    })
  }

  #duplicate(key: number): OutgrowError {
    const offset = this.#base + this.start(key) - 1
    const name = JSON.stringify(this.text(key))
    return new OutgrowError(
      'source-damaged',
      `The member ${name} stands twice in one object, again at byte ${offset}.`,
      {
        place: `byte ${offset}`,
        next: 'Remove one, or pass `--duplicate-keys=last` to keep the last, as JSON.parse does.',
      },
    )
  }
}
