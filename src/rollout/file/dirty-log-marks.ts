import type { Key } from '../side.ts'
import type { Numbered } from './log-frame.ts'

/**
 * One line of the dirty log. A mark: the record of this key is to be pushed. A clearing: all marks of the key up to and
 * with this number are done. Neither key nor collection: numbers up to this one have been given out.
 */
export interface LogEntry extends Numbered {
  collection?: string
  key?: string
  cleared?: true
}

export interface MarkedKey {
  collection: string
  key: Key
}

/** A dirty key with the number of its latest mark. Clearing it takes this number back. */
export interface DirtyKey extends MarkedKey {
  seq: number
}

/**
 * Which keys are dirty, by the number of their latest mark. A new mark is hidden until the write that it announces is
 * done: were it shown before, the relay could push the old record, clear the mark, and miss the new one.
 */
export class Marks {
  #shown = new Map<string, DirtyKey>()
  #hidden = new Map<number, DirtyKey[]>()
  /** Shown keys by collection. */
  #counts = new Map<string, number>()

  get size(): number {
    return this.#shown.size
  }

  /** How many entries a log of just these marks has. */
  get live(): number {
    let hidden = 0
    for (const keys of this.#hidden.values()) hidden += keys.length
    return this.#shown.size + hidden
  }

  hide(keys: DirtyKey[], until: number): void {
    this.#hidden.set(until, keys)
  }

  show(until: number): void {
    for (const key of this.#hidden.get(until) ?? []) this.#set(key)
    this.#hidden.delete(until)
  }

  /** Takes a key off unless it was marked again since. True when it was there. */
  clear({ collection, key, seq }: DirtyKey): boolean {
    const id = idOf(collection, key)
    const shown = this.#shown.get(id)
    if (shown === undefined || shown.seq > seq) return false
    this.#shown.delete(id)
    this.#count(collection, -1)
    return true
  }

  has(collection: string, key: Key): boolean {
    if (this.#shown.has(idOf(collection, key))) return true
    for (const keys of this.#hidden.values())
      if (keys.some((one) => one.collection === collection && one.key === key)) return true
    return false
  }

  hasAny(collection: string): boolean {
    if ((this.#counts.get(collection) ?? 0) > 0) return true
    for (const keys of this.#hidden.values()) if (keys.some((one) => one.collection === collection)) return true
    return false
  }

  /**
   * The first dirty keys in the order of their latest marks. A key with an older mark that is still hidden (a backfill marked
   * it after a write had, and before that write was done) is left out: its push would read the record as it was before the
   * write, and clear both marks.
   */
  first(limit: number): DirtyKey[] {
    const hidden = this.#oldestHidden()
    const keys: DirtyKey[] = []
    for (const [id, key] of this.#shown) {
      if (keys.length >= limit) break
      if ((hidden.get(id) ?? key.seq) >= key.seq) keys.push(key)
    }
    return keys
  }

  /** The lowest number of the hidden marks of each key that has any. */
  #oldestHidden(): Map<string, number> {
    const oldest = new Map<string, number>()
    for (const keys of this.#hidden.values())
      for (const { collection, key, seq } of keys) {
        const id = idOf(collection, key)
        oldest.set(id, Math.min(seq, oldest.get(id) ?? seq))
      }
    return oldest
  }

  *all(): Iterable<DirtyKey> {
    yield* this.#shown.values()
    for (const keys of this.#hidden.values()) yield* keys
  }

  /** Takes in what a log says, entry by entry in its order. */
  replay({ seq, collection, key, cleared }: LogEntry): void {
    if (collection === undefined || key === undefined) return
    if (cleared) this.clear({ seq, collection, key })
    else this.#set({ seq, collection, key })
  }

  /** The latest mark goes to the end, so that the map is in the order of the numbers. */
  #set(key: DirtyKey): void {
    const id = idOf(key.collection, key.key)
    if ((this.#shown.get(id)?.seq ?? 0) > key.seq) return
    if (!this.#shown.delete(id)) this.#count(key.collection, 1)
    this.#shown.set(id, key)
  }

  #count(collection: string, by: number): void {
    this.#counts.set(collection, (this.#counts.get(collection) ?? 0) + by)
  }
}

function idOf(collection: string, key: Key): string {
  return JSON.stringify([collection, key])
}
