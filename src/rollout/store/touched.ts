import type { Key } from '../side.ts'

export interface TouchedKey {
  collection: string
  key: Key
}

/** The keys that were written: since a moment, and the last of all, to be compared again at a change of authority. */
export class Touched {
  readonly #most: number
  #since: Map<string, TouchedKey> | undefined
  #last = new Map<string, TouchedKey & { at: number }>()
  #collections = new Map<string, number>()
  #count = 0

  constructor(most: number) {
    this.#most = most
  }

  add(collection: string, key: Key): void {
    const id = JSON.stringify([collection, key])
    this.#since?.set(id, { collection, key })
    this.#last.delete(id)
    this.#last.set(id, { collection, key, at: ++this.#count })
    this.#collections.set(collection, this.#count)
    if (this.#last.size > this.#most) this.#last.delete(this.#last.keys().next().value as string)
  }

  /** A number that is another one after each write to the key, or to the collection when no key is given. */
  version(collection: string, key?: Key): number {
    if (key === undefined) return this.#collections.get(collection) ?? 0
    return this.#last.get(JSON.stringify([collection, key]))?.at ?? 0
  }

  /** Begins to gather; `gathered` tells what was written from now on. */
  begin(): void {
    this.#since = new Map()
  }

  gathered(): TouchedKey[] {
    return [...(this.#since?.values() ?? [])]
  }

  end(): void {
    this.#since = undefined
  }

  /** The last keys that were written, the newest last. */
  last(): TouchedKey[] {
    return [...this.#last.values()].map(({ collection, key }) => ({ collection, key }))
  }
}
