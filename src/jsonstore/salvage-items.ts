import { isUtf8 } from 'node:buffer'
import { isOutgrowError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { KeyTable } from './keys.ts'
import { newLine } from './pretty.ts'
import { mayLackComma, Respelling } from './respelling.ts'
import { resynchronise } from './resynchronise.ts'
import { Tape } from './tape.ts'
import type { Wreck } from './wreck.ts'

const OBJECT = 123

/** An item that was written (`to` is where it ends), or could not be: where it failed, and what was open there. */
type Outcome = { to: number } | { failedAt: number; open: readonly number[] }

/** A container that is being written. */
interface Place {
  open: number
  level: number
  /** Where the last item ended, and the comma after it; -1 when there is none. */
  before: number
  comma: number
  /** The last item was lost. */
  damaged: boolean
  written: number
}

/**
 * Writes the items of the document that can be read, each verbatim where it is JSON. The document's own list, or the lists
 * and objects that the document's object holds, are taken item by item; an item that cannot be read is lost as a whole,
 * and its siblings go on where they can be found again.
 */
export class SalvageItems {
  kept = 0
  #wreck: Wreck
  #out: Bytes
  #tape = new Tape(new KeyTable(), 'keep')

  constructor(wreck: Wreck, out: Bytes) {
    this.#wreck = wreck
    this.#out = out
  }

  /** Writes what the bracket `open` holds, from `from` on; returns the offset after its end. */
  items(from: number, open: number, level: number): number {
    const wreck = this.#wreck
    const place: Place = { open, level, before: -1, comma: -1, damaged: false, written: 0 }
    this.#out.push(open)
    let at = wreck.white(from)
    for (; !this.#ends(at, place); at = wreck.white(at)) {
      const byte = wreck.bytes[at] as number
      if (byte === 44) {
        if (place.comma >= 0 || place.before < 0) wreck.respell(at, at + 1, 'a comma too many')
        place.comma = at++
      } else if (byte === 125 || byte === 93) {
        wreck.lose(at, at + 1, 'a bracket that closes nothing')
        at++
      } else at = this.#sibling(at, place)
    }
    if (place.comma >= 0) wreck.respell(place.comma, place.comma + 1, 'a trailing comma')
    if (place.written > 0) newLine(this.#out, level)
    this.#out.push(open + 2)
    return this.#close(at, open)
  }

  /** Writes the item at `at`, or loses it; returns where to go on. */
  #sibling(at: number, place: Place): number {
    const wreck = this.#wreck
    const { open, before } = place
    if (before >= 0 && place.comma < 0 && !place.damaged && mayLackComma(wreck, before, at, open))
      wreck.respell(at, at, 'a comma is missing')
    const start = this.#out.length
    if (place.written > 0) this.#out.push(44)
    newLine(this.#out, place.level + 1)
    const outcome = this.#item(at, open, place.level)
    place.comma = -1
    place.damaged = !('to' in outcome)
    if ('to' in outcome) {
      place.written++
      place.before = outcome.to
    } else {
      this.#out.length = start
      place.before = this.#next(at, open, outcome)
      const cut = place.before === wreck.end
      wreck.lose(at, place.before, cut ? 'an item that is cut off or cannot be read' : 'an item that cannot be read')
    }
    return place.before
  }

  /** True at the bracket that ends the container, at the end of the file, or at a bracket that ends an outer one. */
  #ends(at: number, { open, level }: Place): boolean {
    const wreck = this.#wreck
    const byte = wreck.bytes[at]
    if (at >= wreck.end || wreck.isFill(at)) return true
    if (byte === open + 2) return level > 0 || open !== OBJECT || !this.#goesOn(at + 1)
    return level > 0 && (byte === 125 || byte === 93 || (open !== OBJECT && this.#isMember(at)))
  }

  /** True when members follow the brace that should have ended the document: it is one too many. */
  #goesOn(from: number): boolean {
    const at = this.#wreck.white(from)
    return this.#isMember(this.#wreck.bytes[at] === 44 ? this.#wreck.white(at + 1) : at)
  }

  /** True when a name and its colon stand at `at`: in a list, they show that the list was never closed. */
  #isMember(at: number): boolean {
    return /^"(?:[^"\\]|\\.)*"\s*:/.test(this.#wreck.bytes.toString('latin1', at, at + 1000))
  }

  #close(at: number, open: number): number {
    const wreck = this.#wreck
    if (wreck.bytes[at] === open + 2 && at < wreck.end) return at + 1
    if (wreck.isFill(at)) wreck.lose(at, wreck.end, 'NUL bytes')
    wreck.respell(at, at, `\`${String.fromCharCode(open + 2)}\` is missing`)
    return at < wreck.end && !wreck.isFill(at) ? at : wreck.end
  }

  #item(at: number, open: number, level: number): Outcome {
    if (open !== OBJECT) return this.#value(at, open)
    const start = this.#out.length
    const name = new Respelling(this.#wreck)
    const value = name.name(at)
    if (value < 0) return { failedAt: name.failedAt, open: [] }
    this.#out.append(name.out.data, 0, name.out.length)
    this.#out.push(32)
    if (name.why.size > 0) this.#wreck.respell(at, value, [...name.why].join(', '))
    const byte = this.#wreck.bytes[value] as number
    if (level === 0 && (byte === 123 || byte === 91)) return { to: this.items(value + 1, byte, level + 1) }
    const outcome = this.#value(value, open)
    if (!('to' in outcome)) this.#out.length = start
    return outcome
  }

  /** Writes a value as it stands where it is JSON, else as it can be respelt. */
  #value(at: number, open: number): Outcome {
    const wreck = this.#wreck
    const whole = this.#strictEnd(at)
    if (whole >= 0 && this.#endsWell(whole, open)) {
      this.#out.append(wreck.bytes, at, whole)
      this.kept++
      return { to: whole }
    }
    const lost = wreck.lost.length
    const respelling = new Respelling(wreck)
    const to = respelling.value(at)
    if (to < 0 || !this.#endsWell(to, open)) {
      wreck.lost.length = lost
      return { failedAt: to < 0 ? respelling.failedAt : to, open: respelling.open }
    }
    this.#out.append(respelling.out.data, 0, respelling.out.length)
    if (respelling.why.size > 0) wreck.respell(at, to, [...respelling.why].join(', '))
    this.kept++
    return { to }
  }

  /** A value is whole only when something that may follow a value does: else it may be a piece of one. */
  #endsWell(to: number, open: number): boolean {
    const wreck = this.#wreck
    const last = wreck.bytes[to - 1] as number
    const next = wreck.white(to)
    // A number that the file ends with may have had more digits.
    if (next >= wreck.end || wreck.bytes[next] === 0) return next > to || last < 48 || last > 57
    return ',]}'.includes(String.fromCharCode(wreck.bytes[next] as number)) || mayLackComma(wreck, to, next, open)
  }

  #strictEnd(at: number): number {
    const { bytes, end } = this.#wreck
    try {
      this.#tape.read(bytes, at, end, 0, true)
      return isUtf8(bytes.subarray(at, this.#tape.end)) ? this.#tape.end : -1
    } catch (error) {
      if (isOutgrowError(error, 'source-damaged')) return -1
      throw error
    }
  }

  /** Where the siblings of a failed item go on. */
  #next(at: number, open: number, { failedAt, open: inside }: { failedAt: number; open: readonly number[] }): number {
    const { bytes, end } = this.#wreck
    // An object cannot hold an object without a name: the record before it was never closed.
    const unclosed = open === 91 && inside.length === 1 && inside[0] === OBJECT && bytes[failedAt] === OBJECT
    if (unclosed && failedAt > at) return failedAt
    const next = resynchronise(this.#wreck, failedAt, inside)
    return Math.min(end, Math.max(next, at + 1))
  }
}
