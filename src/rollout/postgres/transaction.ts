import { setTimeout as delay } from 'node:timers/promises'
import { OutgrowError } from '../../errors.ts'
import type { Connection, Pool } from '../../postgres/connect.ts'
import { isOutdated, SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'
import type { WriteAct } from '../side.ts'
import { sideError } from './error.ts'
import { Session, type WriteSql } from './session.ts'

/** Runs of one transaction, the first included. */
const MOST_RUNS = 8
const LONGEST_PAUSE_MS = 50

/** Thrown inside a transaction that must be run again from its start, since what it read has changed. */
export class RunAgain extends Error {}

/**
 * Runs `fn` in one transaction that declares epoch and writer to the fence. It is run again, from its start, only when
 * PostgreSQL broke a deadlock or a serialization conflict, when a table has changed its shape, or when `fn` throws RunAgain; each time the former run left
 * nothing. A COMMIT whose reply is lost is `unavailable`, its outcome unknown.
 */
export async function inWrite<T>(pool: Pool, act: WriteAct, fn: (sql: WriteSql) => Promise<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await pool.use((connection) => once(connection, act, fn))
    } catch (error) {
      if (run === MOST_RUNS || !isTransient(error)) throw sideErrorOf(error)
      await delay(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** run))
    }
  }
}

async function once<T>(connection: Connection, act: WriteAct, fn: (sql: WriteSql) => Promise<T>): Promise<T> {
  const session = new Session(connection, act)
  try {
    const result = await fn(session)
    await session.commit()
    return result
  } catch (error) {
    await session.rollback()
    throw error
  }
}

/** True when the same, done again, may go well: it left nothing. */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error)
  const broken = state === SQLSTATE.serialization_failure || state === SQLSTATE.deadlock_detected
  return broken || error instanceof RunAgain || isOutdated(error)
}

function sideErrorOf(error: unknown): unknown {
  if (!isTransient(error)) return sideError(error)
  return new OutgrowError('unavailable', `The transaction met others on the same records ${MOST_RUNS} times.`, {
    next: 'Retry it later.',
    cause: error,
  })
}
