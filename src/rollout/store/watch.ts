import { isOutgrowError } from '../../errors.ts'
import { type Listener, listen } from '../../postgres/listen.ts'
import { STAGE_CHANNEL } from '../postgres/stage.ts'
import { REQUEST_CHANNEL } from '../stage/requests.ts'

export interface WatchOptions {
  /** Undefined when the store knows no database: then only the poll looks. */
  database: string | undefined
  /** Milliseconds. */
  poll: number
  /** Looks at stage and requests; it never throws. */
  look: () => Promise<void>
  /** What keeps it from listening, besides a PostgreSQL that is away. */
  onError: (error: unknown) => void
}

/**
 * Looks at the stage and at what is asked of the owner: at once when PostgreSQL notifies, and each `poll` anyhow, since a
 * notification may be lost with its session. Looks never overlap.
 */
export class Watch {
  readonly #options: WatchOptions
  #listener: Listener | undefined
  #opening = false
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #looking: Promise<void> | undefined
  #again = false

  constructor(options: WatchOptions) {
    this.#options = options
    this.#schedule()
  }

  /** Looks now; when a look is under way, once more after it. */
  now(): Promise<void> {
    if (this.#looking !== undefined) {
      this.#again = true
      return this.#looking
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#looking
    await this.#listener?.end()
  }

  async #look(): Promise<void> {
    do {
      this.#again = false
      await this.#options.look()
    } while (this.#again && !this.#stopped)
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#listen().catch(this.#options.onError)
    this.#timer = setTimeout(() => {
      void this.now().then(() => this.#schedule())
    }, this.#options.poll)
  }

  /** Without a session that listens the poll is all there is, until one can be opened. */
  async #listen(): Promise<void> {
    const { database } = this.#options
    if (database === undefined || this.#listener !== undefined || this.#opening) return
    this.#opening = true
    try {
      const listener = await listen(
        database,
        [STAGE_CHANNEL, REQUEST_CHANNEL],
        () => void this.now(),
        () => {
          this.#listener = undefined
        },
        { application: 'store watch' },
      )
      if (this.#stopped) await listener.end()
      else this.#listener = listener
    } catch (error) {
      // PostgreSQL is away, which the look itself finds out and tells.
      if (!isOutgrowError(error)) throw error
    } finally {
      this.#opening = false
    }
  }
}
