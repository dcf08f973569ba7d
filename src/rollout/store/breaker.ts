import { isOutgrowError, OutgrowError } from '../../errors.ts'
import { SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'

export interface BreakerOptions {
  /** Failures in a row that open it. */
  failures: number
  /** Successes in a row, one at a time, that close it again: hysteresis against a server that comes and goes. */
  successes: number
  /** Milliseconds before it is tried again; doubled with each failed try up to `mostPause`. */
  pause: number
  mostPause: number
  now?: () => number
}

/**
 * Spares callers the wait for a PostgreSQL that is away: after some `unavailable` answers it fails at once, and lets one
 * caller try from time to time. Other errors are answers, and count as successes; so does one statement that was too slow, or
 * that waited too long for a lock.
 */
export class Breaker {
  readonly #options: BreakerOptions
  #failures = 0
  #successes = 0
  #pause: number
  #tryAt: number | undefined
  #trying = false

  constructor(options: BreakerOptions) {
    this.#options = options
    this.#pause = options.pause
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#tryAt === undefined) return 'closed'
    return this.#successes > 0 || this.#trying ? 'half-open' : 'open'
  }

  /** Throws `unavailable` at once while it is open. */
  async run<T>(ask: () => Promise<T>): Promise<T> {
    const isTry = this.#tryAt !== undefined
    if (isTry && (this.#trying || this.#now() < (this.#tryAt ?? 0))) throw stillAway()
    this.#trying = isTry
    try {
      const answer = await ask()
      this.#succeeded()
      return answer
    } catch (error) {
      if (isAway(error)) this.#failed()
      else this.#succeeded()
      throw error
    } finally {
      if (isTry) this.#trying = false
    }
  }

  #succeeded(): void {
    this.#failures = 0
    if (this.#tryAt === undefined || ++this.#successes < this.#options.successes) return
    this.#tryAt = undefined
    this.#successes = 0
    this.#pause = this.#options.pause
  }

  #failed(): void {
    this.#successes = 0
    if (this.#tryAt === undefined && ++this.#failures < this.#options.failures) return
    this.#tryAt = this.#now() + this.#pause
    this.#pause = Math.min(this.#pause * 2, this.#options.mostPause)
  }

  #now(): number {
    return (this.#options.now ?? performance.now.bind(performance))()
  }
}

const TOO_SLOW: readonly (string | undefined)[] = [SQLSTATE.query_canceled, SQLSTATE.lock_not_available]

function isAway(error: unknown): boolean {
  return isOutgrowError(error, 'unavailable', 'target-unreachable') && !TOO_SLOW.includes(sqlState(error.cause))
}

function stillAway(): OutgrowError {
  return new OutgrowError('unavailable', 'PostgreSQL does not answer; it is asked again shortly.', {
    next: 'Retry later, a write with the same idempotency key.',
  })
}
