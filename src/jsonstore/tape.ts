import { OutgrowError } from '../errors.ts'
import { type KeyTable, UNNUMBERED } from './keys.ts'
import { ScalarScanner } from './scalar-scanner.ts'
import { ESCAPED, KEY, LIST, OBJECT, STRIDE } from './tape-nodes.ts'

export * from './tape-nodes.ts'

/** Deepest nesting that is read; PostgreSQL's own parser and most tools stop not far above. */
export const MAX_DEPTH = 512

/** What ended an attempt to read a value: the value is whole, or the bytes at hand ended first. */
export type Parsed = 'whole' | 'short'

/** What a name that stands twice in one object means: the document is refused, or both members go on the tape. */
export type Duplicates = 'refuse' | 'keep'

/** A tape that reads values: containers here, scalars in ScalarScanner. It is reused from record to record. */
export class Tape extends ScalarScanner {
  #open = new Int32Array(MAX_DEPTH + 1)
  #previous = new Int32Array(MAX_DEPTH + 1)
  #stamps = new Int32Array(1024)
  #stamp = 0
  readonly #refuses: boolean

  constructor(keys: KeyTable, duplicates: Duplicates = 'refuse') {
    super(keys)
    this.#refuses = duplicates === 'refuse'
  }

  /**
   * Reads the value that begins at `at` (no white space before it), using bytes up to `limit`. `base` is the file offset
   * of bytes[0]; `last` says that the file ends at `limit`. Damage throws `source-damaged` with the byte offset.
   */
  read(bytes: Uint8Array, at: number, limit: number, base: number, last: boolean): Parsed {
    this.bytes = bytes
    this.limit = limit
    this.base = base
    this.last = last
    this.length = 0
    const end = this.#values(at)
    if (end < 0) return 'short'
    this.end = end
    return 'whole'
  }

  /** The loop over values; `depth` containers are open. Returns the offset after the value, or -1 when bytes ran out. */
  #values(from: number): number {
    const bytes = this.bytes
    const limit = this.limit
    const open = this.#open
    let at = from
    let depth = 0
    for (;;) {
      if (at >= limit) return this.short(at, 'a value')
      const byte = bytes[at] as number
      if (byte === 123 || byte === 91) {
        if (depth >= MAX_DEPTH) throw this.#tooDeep(at)
        open[depth++] = this.add(byte === 123 ? OBJECT : LIST, at, -1, -1)
        this.#previous[depth - 1] = UNNUMBERED
        at = this.skip(at + 1)
        if (at >= limit) return this.short(at, 'a value')
        if (bytes[at] !== byte + 2) {
          if (byte === 91) continue
          at = this.#member(at, depth)
          if (at < 0) return -1
          continue
        }
        at = this.#close(open[--depth] as number, at)
      } else {
        at = this.scalar(at, byte)
        if (at < 0) return -1
      }
      // A value is whole: go on in the container it stands in, closing those that end here.
      for (;;) {
        if (depth === 0) return at
        at = this.skip(at)
        if (at >= limit) return this.short(at, '`,` or the end of a list or object')
        const container = open[depth - 1] as number
        const isObject = this.nodes[container] === OBJECT
        const mark = bytes[at] as number
        if (mark === 44) {
          at = this.skip(at + 1)
          if (isObject) {
            at = this.#member(at, depth)
            if (at < 0) return -1
          }
          break
        }
        if (mark !== (isObject ? 125 : 93)) throw this.damage(at, isObject ? '`,` or `}`' : '`,` or `]`')
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

  /** A member's name and colon; returns where its value begins. */
  #member(at: number, depth: number): number {
    if (at >= this.limit) return this.short(at, 'a member name')
    if (this.bytes[at] !== 34) throw this.damage(at, 'a member name')
    const stop = this.#name(at, depth)
    if (stop < 0) return -1
    const colon = this.skip(stop)
    if (colon >= this.limit) return this.short(colon, '`:`')
    if (this.bytes[colon] !== 58) throw this.damage(colon, '`:`')
    const value = this.skip(colon + 1)
    return value >= this.limit ? this.short(value, 'a value') : value
  }

  /** A member's name: the one expected here is recognised by its bytes alone, without a scan for its end. */
  #name(at: number, depth: number): number {
    const previous = this.#previous[depth - 1] as number
    const guess = this.keys.guessAfter(previous)
    const length = this.keys.matches(guess, this.bytes, at + 1, this.limit)
    if (length >= 0) {
      this.add(KEY, at + 1, at + 1 + length, guess)
      this.#previous[depth - 1] = guess
      return at + 2 + length
    }
    const stop = this.string(at, KEY)
    if (stop < 0) return -1
    const node = this.length - STRIDE
    const escaped = ((this.nodes[node] as number) & ESCAPED) !== 0
    const id = this.keys.idOf(this.bytes, at + 1, stop - 1, escaped, previous)
    this.nodes[node + 3] = id
    this.#previous[depth - 1] = id
    return stop
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

  #tooDeep(at: number): OutgrowError {
    const offset = this.base + at
    return new OutgrowError('source-damaged', `The store nests deeper than ${MAX_DEPTH} levels at byte ${offset}.`, {
      place: `byte ${offset}`,
      next: 'Flatten the value, or store it as a string.',
    })
  }

  #duplicate(key: number): OutgrowError {
    const offset = this.base + this.start(key) - 1
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
