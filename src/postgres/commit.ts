import { setTimeout as delay } from 'node:timers/promises'
import { isOutgrowError, OutgrowError } from '../errors.ts'
import type { Connection } from './connect.ts'
import type { Sql } from './sql.ts'
import { isConnectionLost, SQLSTATE, sqlState } from './sqlstate.ts'
import { commit } from './transaction.ts'

export interface Settle {
  /** Opens another session on the same server and database. */
  reconnect: () => Promise<Connection>
  /**
   * True when a row is there that only this transaction can have written, e.g. its run. After a crash of the server, a
   * transaction id whose log never reached the disk is given out again, so "committed" alone could be another's.
   */
  witness: (sql: Sql) => Promise<boolean>
  /** Milliseconds to go on asking. */
  patience?: number
}

/**
 * COMMIT whose reply may get lost: when the connection breaks in that moment, asks the server on another one what became
 * of the transaction, and returns or throws accordingly; it never guesses. While the server cannot say (it restarts,
 * or is still at it), it is asked again until `patience` (60 s) runs out; then throws `failure` saying that the outcome is
 * unknown. Running again is the recovery in every case.
 */
export async function commitSettled(connection: Connection, settle: Settle): Promise<void> {
  const { rows } = await connection.query<{ xid: string }>('select pg_current_xact_id()::text as xid')
  const xid = rows[0]?.xid ?? ''
  try {
    await commit(connection)
  } catch (error) {
    if (!isConnectionLost(error)) throw error
    connection.destroy()
    await settleOutcome(xid, settle, error)
  }
}

async function settleOutcome(xid: string, settle: Settle, lost: unknown): Promise<void> {
  const deadline = Date.now() + (settle.patience ?? 60_000)
  for (let pause = 50; Date.now() < deadline; pause = Math.min(pause * 2, 1000)) {
    const outcome = await askIfReachable(xid, settle)
    if (outcome === 'committed') return
    if (outcome === 'aborted') throw rolledBack(lost)
    if (outcome === 'unknown') break
    await delay(pause)
  }
  throw unknownOutcome(lost)
}

type Outcome = 'committed' | 'aborted' | 'in progress' | 'unknown'

async function askIfReachable(xid: string, settle: Settle): Promise<Outcome | 'unreachable'> {
  try {
    return await ask(xid, settle)
  } catch (error) {
    if (isConnectionLost(error) || isOutgrowError(error, 'target-unreachable')) return 'unreachable'
    throw error
  }
}

async function ask(xid: string, settle: Settle): Promise<Outcome> {
  const connection = await settle.reconnect()
  try {
    const { rows } = await connection.query<{ status: Outcome | null }>('select pg_xact_status($1::xid8) as status', [
      xid,
    ])
    const status = rows[0]?.status ?? 'unknown'
    if (status !== 'committed') return status
    return (await settle.witness(connection)) ? 'committed' : 'aborted'
  } catch (error) {
    // "transaction ID … is in the future": this server never saw the transaction, or lost it in a crash.
    if (sqlState(error) === SQLSTATE.invalid_parameter_value) return 'unknown'
    throw error
  } finally {
    await connection.end()
  }
}

function rolledBack(cause: unknown): OutgrowError {
  return new OutgrowError('failure', 'the connection broke during COMMIT, and the server rolled the transaction back', {
    next: 'Nothing was changed: run the same command again.',
    cause,
  })
}

function unknownOutcome(cause: unknown): OutgrowError {
  return new OutgrowError(
    'failure',
    'the connection broke during COMMIT, and the server cannot say whether it took effect',
    {
      next: 'When PostgreSQL answers again, run the same command: it finds out, and repeats nothing that is done.',
      cause,
    },
  )
}
