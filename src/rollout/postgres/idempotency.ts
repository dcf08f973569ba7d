import type { Sql } from '../../postgres/sql.ts'
import { SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'
import { type Answer, answerAgain, refuseKeyText, responseOf } from '../answer.ts'
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
  refuseKeyText(key)
  const { rows } = await sql.query<{ requestHash: string; response: string | null }>(
    `select request_hash as "requestHash", response::text as response from outgrow.idempotency
      where store = $1::text and key = $2::text`,
    [store, key],
  )
  if (rows[0] !== undefined) return answerAgain(act, rows[0]) as T
  const answer = await fn()
  await remember(sql, [store, key, requestHash, responseOf(answer)])
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

/** All answers of the store, the oldest first: to be handed to the file side when that becomes the authority. */
export async function readAnswers(sql: Sql, store: string): Promise<Answer[]> {
  const { rows } = await sql.query<Answer>(
    `select key, request_hash as "requestHash", response::text as response,
        floor(extract(epoch from at) * 1000)::float8 as at
       from outgrow.idempotency where store = $1::text order by idempotency.at, key`,
    [store],
  )
  return rows
}

/** Answers that go into one statement. */
const BATCH = 1000

/**
 * Takes over the answers of the file side, with their times, in the caller's transaction; returns how many were new. A key
 * that is there keeps its answer, so that doing it again changes nothing.
 */
export async function writeAnswers(sql: Sql, store: string, entries: Iterable<Answer>): Promise<number> {
  const answers = [...entries]
  let written = 0
  for (let from = 0; from < answers.length; from += BATCH) {
    const batch = answers.slice(from, from + BATCH)
    const { rowCount } = await sql.query(
      `insert into outgrow.idempotency (store, key, request_hash, response, at)
       select $1::text, key, request_hash, response::json, to_timestamp(at / 1000)
         from unnest($2::text[], $3::text[], $4::text[], $5::float8[]) as handed (key, request_hash, response, at)
       on conflict (store, key) do nothing`,
      [
        store,
        batch.map(({ key }) => key),
        batch.map(({ requestHash }) => requestHash),
        batch.map(({ response }) => response),
        batch.map(({ at }) => at),
      ],
    )
    written += rowCount ?? 0
  }
  return written
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
