import { OutgrowError } from '../../errors.ts'

/**
 * Lets writes through, and holds them back while the stage is changed: those that come wait, with an end, and those inside
 * are waited for. Once it is shut for a reason, every write is refused with that reason.
 */
export class WriteGate {
  readonly #patience: () => number
  #inside = 0
  #opened: Promise<void> | undefined
  #empty: (() => void)[] = []
  #reason: OutgrowError | undefined

  constructor(patience: () => number) {
    this.#patience = patience
  }

  get isHeld(): boolean {
    return this.#opened !== undefined
  }

  /** Why no write is taken; undefined when they are. */
  get reason(): OutgrowError | undefined {
    return this.#reason
  }

  shut(reason: OutgrowError | undefined): void {
    this.#reason = reason
  }

  /** Runs a write. Throws `unavailable` when the gate is held for too long. */
  async pass<T>(write: () => Promise<T>): Promise<T> {
    // While it waited, another change may have begun: look again.
    while (this.#opened !== undefined) await orRefuse(this.#opened, this.#patience())
    if (this.#reason !== undefined) throw this.#reason
    this.#inside++
    try {
      return await write()
    } finally {
      this.#inside--
      if (this.#inside === 0) for (const resolve of this.#empty.splice(0)) resolve()
    }
  }

  /**
   * Keeps new writes waiting, and returns once none is inside. `release` lets them go on. Throws `locked` when it is held
   * already, or when a write inside does not end within `patience` milliseconds: then all goes on as before.
   */
  async hold(patience: number): Promise<() => void> {
    if (this.#opened !== undefined) throw new OutgrowError('locked', 'Another change of the stage is under way.')
    let open = (): void => {}
    this.#opened = new Promise((resolve) => {
      open = resolve
    })
    const release = (): void => {
      this.#opened = undefined
      open()
    }
    try {
      await this.#emptied(patience)
      return release
    } catch (error) {
      release()
      throw error
    }
  }

  #emptied(patience: number): Promise<void> {
    if (this.#inside === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#empty = this.#empty.filter((one) => one !== done)
        const next = 'Nothing was changed: end the write that takes so long, then try again.'
        reject(new OutgrowError('locked', `${this.#inside} writes did not end within ${patience} ms.`, { next }))
      }, patience)
      this.#empty.push(done)
    })
  }
}

async function orRefuse(opened: Promise<void>, patience: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new OutgrowError('unavailable', 'The stage of the store is being changed.', {
          next: 'Retry in a few seconds.',
        }),
      )
    }, patience)
  })
  try {
    await Promise.race([opened, late])
  } finally {
    clearTimeout(timer)
  }
}
