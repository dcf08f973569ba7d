import type { Logger } from '../../log.ts'

export interface RelayOptions {
  /** Pushes one batch of dirty keys; true when there may be more. */
  push: () => Promise<boolean>
  /** Milliseconds after which it looks without being woken, and after which it tries again when it failed. */
  poll: number
  log: Logger
}

/**
 * Brings what is dirty to the mirror, batch after batch, whenever it is woken; the one process-wide mechanism for mirroring,
 * backfill and repair. A batch that fails stays dirty and is tried again. Each of its rounds takes all that was dirty when
 * it began, so whoever asked before that knows at its end that the mirror has what they wrote.
 */
export class Relay {
  readonly #options: RelayOptions
  #asked = 0
  #served = 0
  #waiting: { ticket: number; resolve: () => void; reject: (error: unknown) => void }[] = []
  #wake: () => void = () => {}
  #woken = false
  #stopped = false
  #failure: unknown
  #paused: Promise<void> | undefined
  readonly #ended: Promise<void>

  constructor(options: RelayOptions) {
    this.#options = options
    this.#ended = this.#run()
  }

  /** Why the last round failed; undefined when it did not. */
  get failure(): unknown {
    return this.#failure
  }

  /** The round of this number, once served, has pushed all that was committed before it was asked for. */
  ask(): number {
    this.#woken = true
    this.#wake()
    return ++this.#asked
  }

  isServed(ticket: number): boolean {
    return this.#served >= ticket
  }

  /** Waits until what was committed before is in the mirror; rejects with what keeps the next round from it. */
  flush(): Promise<void> {
    if (this.#stopped) return Promise.reject(new Error('The relay has stopped.'))
    const ticket = this.ask()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ticket, resolve, reject })
    })
  }

  /** Keeps rounds from beginning, and waits for the one under way: what is read then does not change by our own pushes. */
  async pause(): Promise<() => void> {
    let resume = (): void => {}
    this.#paused = new Promise((resolve) => {
      resume = () => {
        this.#paused = undefined
        resolve()
      }
    })
    await this.#round
    return resume
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await this.#ended
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('The relay has stopped.'))
  }

  #round: Promise<void> = Promise.resolve()

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#woke()
      await this.#paused
      if (this.#stopped) return
      this.#round = this.#serve()
      await this.#round
    }
  }

  async #serve(): Promise<void> {
    const serving = this.#asked
    try {
      while (await this.#options.push()) if (this.#stopped) return
      if (this.#failure !== undefined) this.#options.log.info({}, 'the mirror takes changes again')
      this.#failure = undefined
      this.#served = serving
      for (const { resolve } of this.#taken(serving)) resolve()
    } catch (error) {
      if (this.#failure === undefined) this.#options.log.warn({ error: String(error) }, 'the mirror took no changes')
      this.#failure = error
      for (const { reject } of this.#taken(serving)) reject(error)
    }
  }

  #taken(serving: number) {
    const taken = this.#waiting.filter(({ ticket }) => ticket <= serving)
    this.#waiting = this.#waiting.filter(({ ticket }) => ticket > serving)
    return taken
  }

  async #woke(): Promise<void> {
    if (this.#woken || this.#stopped) {
      this.#woken = false
      return
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.poll)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => {}
    this.#woken = false
  }
}
