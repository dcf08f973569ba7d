import { isOutgrowError, OutgrowError } from '../../errors.ts'
import type { BatchSql } from '../../postgres/sql.ts'
import { isConnectionLost, SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'

/** SQLSTATE with which `outgrow.fence` refuses a write. */
export const STALE_EPOCH = 'OG001'

/** Queries whose failures come out as `sideError` tells them. */
export function telling(sql: BatchSql): BatchSql {
  const tell = (error: unknown): never => {
    throw sideError(error)
  }
  return {
    query: (text, values) => sql.query<never>(text, values).catch(tell),
    batch: (statements) => sql.batch(statements).catch(tell),
  }
}

/**
 * An error of PostgreSQL in the words that every side shares: `stale-epoch`, `unavailable` (gone, too slow, or held up),
 * `conflict` (a unique value, its constraint as place), `refused` (another constraint, or a value that it does not take).
 * Its cause keeps the SQLSTATE. What is none of these comes out as it is.
 */
export function sideError(error: unknown): unknown {
  if (isOutgrowError(error, 'target-unreachable') || isConnectionLost(error)) return unavailable(error)
  if (error instanceof OutgrowError) return error
  const state = sqlState(error)
  if (state === undefined) return error
  if (state === STALE_EPOCH) return stale(error as Error)
  if (state === SQLSTATE.query_canceled || state === SQLSTATE.lock_not_available) return unavailable(error)
  if (state === SQLSTATE.unique_violation) return violation('conflict', error as Error)
  return REFUSALS.some((group) => state.startsWith(group)) ? violation('refused', error as Error) : error
}

/** Data exceptions, integrity constraints, program limits. */
const REFUSALS = ['22', '23', '54']

/** The name of the constraint that the error is about. */
export function constraintOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('constraint' in error && typeof error.constraint === 'string') return error.constraint
  return constraintOf(error.cause)
}

function unavailable(cause: unknown): OutgrowError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new OutgrowError('unavailable', `PostgreSQL does not answer: ${detail}`, {
    next: 'Retry later, a write with the same idempotency key.',
    cause,
  })
}

function stale(cause: Error): OutgrowError {
  return new OutgrowError('stale-epoch', `The stage has changed: ${cause.message}`, {
    next: 'Read the stage again, then retry with the same idempotency key.',
    cause,
  })
}

function violation(code: 'conflict' | 'refused', cause: Error): OutgrowError {
  const constraint = constraintOf(cause)
  return new OutgrowError(code, `PostgreSQL refuses the record: ${cause.message}`, {
    ...(constraint !== undefined && { place: constraint }),
    next: code === 'conflict' ? 'Choose another value, or change the record that has it.' : 'Mend the record.',
    cause,
  })
}
