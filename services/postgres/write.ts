import { type ColumnType, type Kysely, sql, type Transaction } from 'kysely'
import { type Json, OutgrowError, storeError, type WriteOptions } from 'outgrow/store'
import { otherRequest } from '../strategies/remembered.ts'

/** The first answers by idempotency key, a table of each service's own. */
export interface IdempotencyTable {
  key: string
  /** Hash of what the key stands for. */
  request: string
  answer: ColumnType<Json, string | null, never>
  at: Date
}

export interface Answers {
  idempotency: IdempotencyTable
}

/** Runs of one transaction, the first included. */
const MOST_RUNS = 3

/**
 * Does an act in one transaction, at most once per idempotency key: a key that was seen answers what it answered then. Of
 * two at once the second waits for the first. A unique violation (a twin with the same key, or an id that somebody took) is
 * run again from its start. Throws `conflict` for a key with another request, `unavailable` when PostgreSQL goes away.
 */
export async function write<DB extends Answers, T>(
  db: Kysely<DB>,
  options: WriteOptions,
  act: (tx: Transaction<DB>, run: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let run = 1; ; run++) {
    try {
      return await db
        .transaction()
        .execute((tx) => once(tx as unknown as Transaction<Answers>, options, () => act(tx, run)))
    } catch (error) {
      if (run === MOST_RUNS || !isTaken(error)) throw storeError(error)
    }
  }
}

async function once<T>(
  tx: Transaction<Answers>,
  { idempotencyKey: key, request = '' }: WriteOptions,
  act: () => Promise<T | undefined>,
): Promise<T | undefined> {
  if (key === undefined) return act()
  const seen = await tx.selectFrom('idempotency').selectAll().where('key', '=', key).executeTakeFirst()
  if (seen !== undefined && seen.request !== request) throw otherRequest(key)
  if (seen !== undefined) return (seen.answer as T | null) ?? undefined
  const answer = await act()
  const text = answer === undefined ? null : JSON.stringify(answer)
  await tx.insertInto('idempotency').values({ key, request, answer: text, at: new Date() }).execute()
  return answer
}

/** Keys are kept for a day. */
export async function forgetKeys<DB extends Answers>(db: Kysely<DB>): Promise<void> {
  await (db as unknown as Kysely<Answers>)
    .deleteFrom('idempotency')
    .where('at', '<', sql<Date>`clock_timestamp() - interval '1 day'`)
    .execute()
}

function isTaken(error: unknown): boolean {
  return !(error instanceof OutgrowError) && error instanceof Error && 'code' in error && error.code === '23505'
}
