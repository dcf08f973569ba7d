/** For how long the mirror has kept up: since when no key has waited for longer than a push takes. */
export class Calm {
  readonly #most: number
  readonly #now: () => number
  #dirtySince: number | undefined
  #calmSince: number

  /** `most`: milliseconds that a key may wait without that the mirror counts as behind. */
  constructor(most: number, now: () => number = performance.now.bind(performance)) {
    this.#most = most
    this.#now = now
    this.#calmSince = now()
  }

  /** Told whenever keys are marked or pushed. */
  observe(dirty: number): void {
    const now = this.#now()
    if (dirty === 0) this.#dirtySince = undefined
    else this.#dirtySince ??= now
    if (this.lag() * 1000 > this.#most) this.#calmSince = now
  }

  /** Seconds for which keys have been dirty without a pause. */
  lag(): number {
    return this.#dirtySince === undefined ? 0 : (this.#now() - this.#dirtySince) / 1000
  }

  /** Seconds since the mirror was last behind. */
  seconds(): number {
    return this.lag() * 1000 > this.#most ? 0 : (this.#now() - this.#calmSince) / 1000
  }

  restart(): void {
    this.#calmSince = this.#now()
  }
}
