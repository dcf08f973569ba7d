import { type Kysely, sql, type Transaction } from 'kysely'
import { OutgrowError, storeError, type WriteOptions } from 'outgrow/store'
import type { Idea } from '../idea.ts'
import { otherRequest } from '../remembered.ts'
import type { Database } from './database.ts'

export type Tx = Transaction<Database>

/** Runs of one transaction, the first included. */
const MOST_RUNS = 3

/** The epoch that writers must declare to the fence, when the tables have one. */
export type Epoch = string | undefined

/**
 * Does an act in one transaction, at most once per idempotency key: a key that was seen answers what it answered then. Of
 * two at once the second waits for the first. A unique violation (a twin with the same key, or an id that somebody took) is
 * run again from its start. Throws `conflict` for a key with another request, `unavailable` when PostgreSQL goes away.
 */
export async function write(
  db: Kysely<Database>,
  epoch: Epoch,
  { idempotencyKey: key, request = '' }: WriteOptions,
  act: (tx: Tx) => Promise<Idea | undefined>,
): Promise<Idea | undefined> {
  for (let run = 1; ; run++) {
    try {
      return await db.transaction().execute(async (tx) => {
        if (epoch !== undefined) await sql`select set_config('outgrow.epoch', ${epoch}, true)`.execute(tx)
        if (key === undefined) return act(tx)
        const seen = await tx.selectFrom('idempotency').selectAll().where('key', '=', key).executeTakeFirst()
        if (seen !== undefined) return firstAnswer(seen, request)
        const idea = await act(tx)
        const answer = idea === undefined ? null : JSON.stringify(idea)
        await tx.insertInto('idempotency').values({ key, request, answer, at: new Date() }).execute()
        return idea
      })
    } catch (error) {
      if (run === MOST_RUNS || !isTaken(error)) throw storeError(error)
    }
  }
}

/** Keys are kept for a day. */
export async function forgetKeys(db: Kysely<Database>): Promise<void> {
  await db.deleteFrom('idempotency').where('at', '<', sql<Date>`clock_timestamp() - interval '1 day'`).execute()
}

function firstAnswer(seen: { key: string; request: string; answer: unknown }, request: string): Idea | undefined {
  if (seen.request !== request) throw otherRequest(seen.key)
  return (seen.answer as Idea | null) ?? undefined
}

function isTaken(error: unknown): boolean {
  return !(error instanceof OutgrowError) && error instanceof Error && 'code' in error && error.code === '23505'
}
