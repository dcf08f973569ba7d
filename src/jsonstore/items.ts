import type { Bytes } from './bytes.ts'
import { damageAt } from './damage.ts'
import { endOfSpelling } from './equal.ts'
import type { KeyTable } from './keys.ts'
import { skimValue } from './skim.ts'
import { Tape } from './tape.ts'
import type { Window } from './window.ts'

/** How the value at a place is read: each element of a list, each member of an object, or the whole value at once. */
export type Reading = 'elements' | 'members' | 'whole'

/** What `next` found: an item is on the tape; more bytes are needed; there are no more items. */
export const ITEM = 1
export const NEED = 0
export const DONE = 2

const LIST_END = 93
const OBJECT_END = 125

/**
 * Walks the items of one list or object (or one whole value) in a window. `next` never waits: it answers NEED when the
 * bytes at hand are used up, and the caller awaits `fill`. The tape is valid until the next call of either.
 */
export class Items {
  /** Holds the item; with `trusted`, only after `read`. */
  readonly tape: Tape
  /** The item's bytes in `bytes`. */
  from = 0
  to = 0
  /** Count of items given out. */
  count = 0
  /** Members only: the name of the item, as text. */
  name = ''
  /** File offset at which the current item begins. */
  offset = 0
  /** `trusted` only: what the next item may be, as compact JSON. An item spelt so need not even be skimmed. */
  expected: Bytes | undefined
  /** The item is spelt as `expected` says, but for white space. */
  isExpected = false
  #nameTape: Tape
  #window: Window
  #close: number
  #trusted: boolean
  #state: 'open' | 'first' | 'comma' | 'done' | 'whole'

  /**
   * `trusted`: the bytes were read whole before, so the end of an item is all that is looked for; `read` puts it on the
   * tape when it is wanted after all.
   */
  constructor(window: Window, reading: Reading, keys: KeyTable, trusted = false) {
    this.#window = window
    this.#trusted = trusted
    this.tape = new Tape(keys)
    this.#nameTape = new Tape(keys)
    this.#close = reading === 'members' ? OBJECT_END : LIST_END
    this.#state = reading === 'whole' ? 'whole' : 'open'
  }

  fill(): Promise<boolean> {
    return this.#window.fill()
  }

  /** The next item. It throws `source-damaged` where the document is not JSON. */
  next(): number {
    if (this.#state === 'done') return DONE
    const window = this.#window
    if (this.#state === 'open') {
      // The window stands on the opening bracket.
      if (window.at >= window.end) return this.#need(window.at)
      window.at++
      this.#state = 'first'
    }
    let at = skipWhite(window, window.at)
    if (this.#state === 'whole') return this.#value(at, at)
    if (at >= window.end) return this.#need(at)
    const ends = window.bytes[at] === this.#close
    if (this.#state === 'comma') {
      if (!ends && window.bytes[at] !== 44)
        throw this.#damage(at, this.#close === LIST_END ? '`,` or `]`' : '`,` or `}`')
      if (!ends) at = skipWhite(window, at + 1)
    }
    if (ends) {
      window.at = at + 1
      this.#state = 'done'
      return DONE
    }
    return this.#close === OBJECT_END ? this.#member(at) : this.#value(at, at)
  }

  #member(from: number): number {
    const window = this.#window
    if (from >= window.end) return this.#need(from)
    if (window.bytes[from] !== 34) throw this.#damage(from, 'a member name')
    const tape = this.#nameTape
    if (tape.read(window.bytes, from, window.end, window.base, window.last) === 'short') return NEED
    const colon = skipWhite(window, tape.end)
    if (colon >= window.end) return this.#need(colon)
    if (window.bytes[colon] !== 58) throw this.#damage(colon, '`:`')
    this.name = tape.text(0)
    return this.#value(skipWhite(window, colon + 1), from)
  }

  #value(at: number, from: number): number {
    const window = this.#window
    if (at >= window.end) return this.#need(at)
    const end = this.#trusted ? this.#skim(at) : this.#readAt(at)
    if (end < 0) return this.#need(window.end)
    this.offset = window.base + from
    this.from = at
    this.to = end
    window.at = end
    this.#state = this.#state === 'whole' ? 'done' : 'comma'
    this.count++
    return ITEM
  }

  get bytes(): Uint8Array {
    return this.#window.bytes
  }

  /** Puts the item on the tape. */
  read(): Tape {
    const { bytes, base } = this.#window
    if (this.#trusted) this.tape.read(bytes, this.from, this.to, base, true)
    return this.tape
  }

  #skim(at: number): number {
    const { bytes, end, last } = this.#window
    const { expected } = this
    const spelt = expected ? endOfSpelling(bytes, at, end, expected.data, expected.length) : -1
    this.isExpected = spelt >= 0
    return this.isExpected ? spelt : skimValue(bytes, at, end, last)
  }

  #readAt(at: number): number {
    const { bytes, end, base, last } = this.#window
    return this.tape.read(bytes, at, end, base, last) === 'whole' ? this.tape.end : -1
  }

  #need(at: number): number {
    if (this.#window.last) throw this.#damage(at, 'the rest of the value')
    return NEED
  }

  #damage(at: number, wanted: string): Error {
    const { bytes, end, base } = this.#window
    return damageAt(bytes, at, end, base + at, wanted)
  }
}

/** The first byte at or after `at` that is not white space, or the end of what is at hand. */
export function skipWhite(window: Window, from: number): number {
  const { bytes, end } = window
  let at = from
  while (at < end) {
    const byte = bytes[at] as number
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break
    at++
  }
  return at
}
