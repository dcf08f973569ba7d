import { OutgrowError } from '../../errors.ts'
import type { Sql } from '../../postgres/sql.ts'
import { SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'
import type { WriteAct } from '../side.ts'
import { constraintOf } from './error.ts'
import { RunAgain } from './transaction.ts'

/**
 * Does an act at most once per idempotency key, in the caller's transaction: a key that was seen answers what it answered
 * then, as JSON gives it back, and does nothing. Of two at once, the second waits for the first. Throws `conflict` when
 * the key came with another request. Without a key the act is simply done.
 */
export async function onceByKey<T>(sql: Sql, store: string, act: WriteAct, fn: () => Promise<T>): Promise<T> {
  const { idempotencyKey: key, requestHash = '' } = act
  if (key === undefined) return fn()
  const { rows } = await sql.query<{ hash: string; response: string | null }>(
    `select request_hash as hash, response::text as response from outgrow.idempotency
      where store = $1::text and key = $2::text`,
    [store, key],
  )
  if (rows[0] !== undefined) return answerOf(key, requestHash, rows[0]) as T
  const answer = await fn()
  await remember(sql, [store, key, requestHash, JSON.stringify(answer) ?? null])
  return answer
}

/** Forgets keys older than the interval (as PostgreSQL reads it, e.g. `1 day`); returns how many. */
export async function forgetKeys(sql: Sql, store: string, age: string): Promise<number> {
  const { rowCount } = await sql.query(
    'delete from outgrow.idempotency where store = $1::text and at < clock_timestamp() - $2::interval',
    [store, age],
  )
  return rowCount ?? 0
}

function answerOf(key: string, hash: string, seen: { hash: string; response: string | null }): unknown {
  if (seen.hash === hash) return seen.response === null ? undefined : JSON.parse(seen.response)
  throw new OutgrowError('conflict', `The idempotency key "${key}" was used for another request.`, {
    place: key,
    next: 'Give each request a key of its own.',
  })
}

async function remember(sql: Sql, row: (string | null)[]): Promise<void> {
  try {
    await sql.query(
      `insert into outgrow.idempotency (store, key, request_hash, response)
       values ($1::text, $2::text, $3::text, $4::json)`,
      row,
    )
  } catch (error) {
    const isTwin = sqlState(error) === SQLSTATE.unique_violation && constraintOf(error) === 'idempotency_pkey'
    // A twin was faster: this one is undone, and run again finds its answer.
    if (isTwin) throw new RunAgain('another request with the same key was faster', { cause: error })
    throw error
  }
}
