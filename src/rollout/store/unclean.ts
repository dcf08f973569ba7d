import type { Key } from '../side.ts'
import type { Relay } from './relay.ts'

/**
 * The keys that this process has written in PostgreSQL, or may have, and does not know to be in the file yet: while
 * PostgreSQL is away the file may answer for all others. It knows of this process's writes alone; with `mirror: sync` there
 * are no others.
 */
export class Unclean {
  readonly #relay: () => Relay
  /** By key: writes under way, and the relay's round that will have pushed those that ended. */
  #keys = new Map<string, { collection: string; writing: number; ticket: number }>()

  constructor(relay: () => Relay) {
    this.#relay = relay
  }

  get size(): number {
    this.#forget()
    return this.#keys.size
  }

  begin(collection: string, key: Key): void {
    const id = idOf(collection, key)
    const known = this.#keys.get(id)
    if (known === undefined) this.#keys.set(id, { collection, writing: 1, ticket: 0 })
    else known.writing++
  }

  /** The write has ended, well or not: also one that failed may have been done. */
  end(collection: string, key: Key): void {
    const known = this.#keys.get(idOf(collection, key))
    if (known === undefined) return
    known.writing--
    known.ticket = this.#relay().ask()
  }

  has(collection: string, key: Key): boolean {
    this.#forget()
    return this.#keys.has(idOf(collection, key))
  }

  hasAny(collection: string): boolean {
    this.#forget()
    for (const one of this.#keys.values()) if (one.collection === collection) return true
    return false
  }

  #forget(): void {
    const relay = this.#relay()
    for (const [id, { writing, ticket }] of this.#keys)
      if (writing === 0 && relay.isServed(ticket)) this.#keys.delete(id)
  }
}

function idOf(collection: string, key: Key): string {
  return JSON.stringify([collection, key])
}
