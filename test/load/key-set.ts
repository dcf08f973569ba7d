import type { Random } from './random.ts'

/** The keys that all clients of a run work on: never more than so many, and those deleted make place for new ones. */
export class KeySet {
  readonly #most: number
  readonly #ids: string[] = []
  #coming = 0

  constructor(most: number) {
    this.#most = most
  }

  any(random: Random): string | undefined {
    return this.#ids[random(this.#ids.length)]
  }

  /** Takes a place for a new key; false when there is none. */
  reserve(): boolean {
    if (this.#ids.length + this.#coming >= this.#most) return false
    this.#coming++
    return true
  }

  /** Fills a reserved place, or gives it back. */
  fill(id: string | undefined): void {
    this.#coming--
    if (id !== undefined) this.#ids.push(id)
  }

  drop(id: string): void {
    const at = this.#ids.indexOf(id)
    if (at >= 0) this.#ids.splice(at, 1)
  }
}
