import { OutgrowError } from '../../errors.ts'
import { countOf, rowsOf } from '../../postgres/batch.ts'
import type { Connection } from '../../postgres/connect.ts'
import type { Answer, BatchSql, Statement } from '../../postgres/sql.ts'
import { isConnectionLost } from '../../postgres/sqlstate.ts'
import { types } from '../../postgres/types.ts'
import type { WriteAct } from '../side.ts'
import { sideError } from './error.ts'

/** Makes another error of the one with which a statement failed, or returns it. */
export type Tell = (error: unknown) => unknown

/** A transaction under way, which sends what may wait together with what may not. */
export interface WriteSql extends BatchSql {
  /**
   * Has statements run, in their turn, before whatever is asked next and before the end. Their failure comes out there, as
   * `tell` makes of it, and fails the transaction.
   */
  later(statements: readonly Statement[], tell?: Tell): void
}

/** Declares epoch and writer to the fence, until the transaction ends; nothing where the act expects none. */
export function declare({ epoch, as, isUnfenced }: WriteAct): Statement[] {
  if (!Number.isSafeInteger(epoch)) throw new OutgrowError('usage', `An epoch is an integer, and ${epoch} is none.`)
  if (isUnfenced) return []
  const writer = as === 'mirror' ? 'mirror' : 'authority'
  const text = `select set_config('outgrow.epoch', $1, true), set_config('outgrow.writer', $2, true)`
  return [{ text, values: [String(epoch), writer] }]
}

/** A transaction that begins with its first question: one that asks nothing costs nothing. */
export class Session implements WriteSql {
  readonly #connection: Connection
  #waiting: Statement[]
  /** Statements that only open the transaction. */
  readonly #opening: number
  #tells: Tell[] = []
  #begun = false
  #failure: { error: unknown } | undefined

  constructor(connection: Connection, act: WriteAct) {
    this.#connection = connection
    this.#waiting = [{ text: 'begin', isOnce: true }, ...declare(act)]
    this.#opening = this.#waiting.length
  }

  later(statements: readonly Statement[], tell?: Tell): void {
    this.#waiting.push(...statements)
    if (tell !== undefined) this.#tells.push(tell)
  }

  async query<R extends object>(text: string, values: unknown[] = []): Promise<{ rows: R[]; rowCount: number }> {
    const [answer] = await this.batch([{ text, values, isDescribed: true }])
    const rows = answer === undefined ? [] : rowsOf<R>(answer, types)
    return { rows, rowCount: answer === undefined ? 0 : countOf(answer) }
  }

  async batch(statements: readonly Statement[]): Promise<Answer[]> {
    const [waiting, tells] = [this.#waiting, this.#tells]
    this.#waiting = []
    this.#tells = []
    this.#begun = true
    try {
      const answers = await this.#connection.batch([...waiting, ...statements])
      return answers.slice(waiting.length)
    } catch (error) {
      const told = tells.reduce((one, tell) => tell(one), sideError(error))
      this.#failure ??= { error: told }
      throw told
    }
  }

  /** Sends what waits, and COMMIT with it. Throws what failed before, if anything did: then nothing was done. */
  async commit(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error
    if (!this.#begun && this.#waiting.length === this.#opening) return
    const [answer] = await this.batch([{ text: 'commit', isOnce: true }])
    if (answer?.tag === 'COMMIT') return
    throw new OutgrowError('failure', 'the transaction was rolled back: one of its statements had failed', {
      next: 'This is a fault in outgrow: report it with the log of this run.',
    })
  }

  /** Undoes everything. A session that cannot roll back is cut, so that the server does. */
  async rollback(): Promise<void> {
    if (!this.#begun) return
    if (this.#connection.lost !== undefined) return this.#connection.destroy()
    try {
      await this.#connection.query('rollback')
    } catch (error) {
      this.#connection.destroy()
      if (!isConnectionLost(error)) throw error
    }
  }
}
