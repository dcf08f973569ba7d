import { setTimeout as delay } from 'node:timers/promises'
import { OutgrowError } from '../../errors.ts'
import type { Connection, Pool } from '../../postgres/connect.ts'
import type { Sql } from '../../postgres/sql.ts'
import { isConnectionLost, SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'
import { commit } from '../../postgres/transaction.ts'
import type { WriteAct } from '../side.ts'
import { sideError, telling } from './error.ts'

/** Runs of one transaction, the first included. */
const MOST_RUNS = 8
const LONGEST_PAUSE_MS = 50

/** Thrown inside a transaction that must be run again from its start, since what it read has changed. */
export class RunAgain extends Error {}

/**
 * Runs `fn` in one transaction that declares epoch and writer to the fence. It is run again, from its start, only when
 * PostgreSQL broke a deadlock or a serialization conflict, or when `fn` throws RunAgain; each time the former run left
 * nothing. A COMMIT whose reply is lost is `unavailable`, its outcome unknown.
 */
export async function inWrite<T>(pool: Pool, act: WriteAct, fn: (sql: Sql) => Promise<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await pool.use((connection) => once(connection, act, fn))
    } catch (error) {
      if (run === MOST_RUNS || !isTransient(error)) throw sideErrorOf(error)
      await delay(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** run))
    }
  }
}

async function once<T>(connection: Connection, act: WriteAct, fn: (sql: Sql) => Promise<T>): Promise<T> {
  await connection.query(beginSql(act))
  let result: T
  try {
    result = await fn(telling(connection))
  } catch (error) {
    await rollback(connection)
    throw error
  }
  await commit(connection)
  return result
}

/** One message, for one round trip; an integer and a word of ours need no parameters. */
function beginSql({ epoch, as }: WriteAct): string {
  if (!Number.isSafeInteger(epoch)) throw new OutgrowError('usage', `An epoch is an integer, and ${epoch} is none.`)
  const writer = as === 'mirror' ? 'mirror' : 'authority'
  return `begin; set local outgrow.epoch = '${epoch}'; set local outgrow.writer = '${writer}'`
}

/** A session that cannot roll back is cut, so that the server does. */
async function rollback(connection: Connection): Promise<void> {
  try {
    await connection.query('rollback')
  } catch (error) {
    connection.destroy()
    if (!isConnectionLost(error)) throw error
  }
}

function isTransient(error: unknown): boolean {
  const state = sqlState(error)
  return error instanceof RunAgain || state === SQLSTATE.serialization_failure || state === SQLSTATE.deadlock_detected
}

function sideErrorOf(error: unknown): unknown {
  if (!isTransient(error)) return sideError(error)
  return new OutgrowError('unavailable', `The transaction met others on the same records ${MOST_RUNS} times.`, {
    next: 'Retry it later.',
    cause: error,
  })
}
