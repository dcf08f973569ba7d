import { Bytes, sameBytes } from './bytes.ts'
import { jsonText, unescapeJson } from './text.ts'

/** Beyond this many different member names a document uses objects as maps; further names stay unnumbered. */
export const MOST_KEYS = 1 << 16

/** A member name that the table did not take in: compare it by its bytes. */
export const UNNUMBERED = -1

/**
 * Numbers the member names of a store, so that finding a member's column is one array look-up. Records repeat their
 * names in the same order, so the name that followed last time is tried first: one comparison, no hash.
 */
export class KeyTable {
  readonly names: string[] = []
  #bytes: Buffer[] = []
  /** Names that JSON cannot spell without an escape: their bytes never stand in a document as they are. */
  #needsEscape: boolean[] = []
  #next: number[] = []
  #slots = new Int32Array(1024).fill(-1)
  #plain = new Bytes(64)

  /** The number of the JSON string body [start, end), or UNNUMBERED. `previous`: the name before it in its object. */
  idOf(bytes: Uint8Array, start: number, end: number, escaped: boolean, previous: number): number {
    if (escaped) return this.#escapedIdOf(bytes, start, end)
    const guess = previous >= 0 ? (this.#next[previous] as number) : 0
    const guessed = this.#bytes[guess]
    if (guessed !== undefined && sameBytes(guessed, 0, guessed.length, bytes, start, end)) return guess
    const id = this.#find(bytes, start, end)
    if (previous >= 0 && id >= 0) this.#next[previous] = id
    return id
  }

  /** The name that last stood after `previous` (after UNNUMBERED: the first one ever seen); -1 when there is none. */
  guessAfter(previous: number): number {
    if (previous >= 0) return this.#next[previous] as number
    return this.#bytes.length > 0 ? 0 : -1
  }

  /** Length of the name `id` when it stands at `at` with a closing quote behind it, before `limit`; else -1. */
  matches(id: number, bytes: Uint8Array, at: number, limit: number): number {
    const known = this.#bytes[id]
    if (known === undefined || this.#needsEscape[id]) return -1
    const length = known.length
    if (at + length >= limit || bytes[at + length] !== 34) return -1
    for (let i = 0; i < length; i++) if (known[i] !== bytes[at + i]) return -1
    return length
  }

  /** The number of a name given as text; it is taken in when it is new. */
  idOfName(name: string): number {
    const body = JSON.stringify(name)
    const bytes = Buffer.from(body)
    return this.idOf(bytes, 1, bytes.length - 1, bytes.includes(92), UNNUMBERED)
  }

  #escapedIdOf(bytes: Uint8Array, start: number, end: number): number {
    this.#plain.clear()
    unescapeJson(bytes, start, end, this.#plain)
    return this.#find(this.#plain.data, 0, this.#plain.length, jsonText(bytes, start, end))
  }

  #find(bytes: Uint8Array, start: number, end: number, name?: string): number {
    const mask = this.#slots.length - 1
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] as number
      if (id < 0) return this.#add(bytes, start, end, slot, name)
      const known = this.#bytes[id] as Buffer
      if (sameBytes(known, 0, known.length, bytes, start, end)) return id
    }
  }

  #add(bytes: Uint8Array, start: number, end: number, slot: number, name: string | undefined): number {
    if (this.names.length >= MOST_KEYS) return UNNUMBERED
    const copy = Buffer.from(bytes.slice(start, end))
    const id = this.names.push(name ?? copy.toString('utf8')) - 1
    this.#bytes.push(copy)
    this.#needsEscape.push(copy.some((byte) => byte < 32 || byte === 34 || byte === 92))
    this.#next.push(-1)
    this.#slots[slot] = id
    if (this.names.length * 2 > this.#slots.length) this.#grow()
    return id
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (const [id, bytes] of this.#bytes.entries()) {
      let hash = 0x811c9dc5
      for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
      let slot = (hash ^ (hash >>> 15)) & mask
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }
}
