import { valuesRowName } from '../../codec/values.ts'
import type { Sql } from '../../postgres/sql.ts'
import { sqlState } from '../../postgres/sqlstate.ts'
import type { Key } from '../side.ts'
import { constraintOf } from './error.ts'

/** A record that the mirror refused. */
export interface DeadLetter {
  collection: string
  key: Key
  reason: string
  at: Date
}

/** Puts a refusal on record; the same record refused again replaces its letter. */
export async function recordDeadLetter(
  sql: Sql,
  letter: { store: string; collection: string; key: Key; epoch: number; error: Error },
): Promise<void> {
  const { store, collection, key, epoch, error } = letter
  await settleDeadLetters(sql, store, [{ collection, key }])
  await sql.query(
    `insert into outgrow.dead_letter (store, collection, key, reason, state, constraint_name, epoch)
     values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::bigint)`,
    [
      store,
      valuesRowName(collection),
      key,
      error.message,
      sqlState(error.cause) ?? null,
      constraintOf(error) ?? null,
      epoch,
    ],
  )
}

/** What was pushed, or is gone from the authority as well, is no dead letter any more. Returns how many it were. */
export async function settleDeadLetters(
  sql: Sql,
  store: string,
  keys: readonly { collection: string; key: Key }[],
): Promise<number> {
  const { rowCount } = await sql.query(
    `update outgrow.dead_letter d set settled_at = clock_timestamp()
       from unnest($2::text[], $3::text[]) k (collection, key)
      where d.store = $1::text and d.settled_at is null and d.collection = k.collection and d.key = k.key`,
    [store, keys.map((one) => valuesRowName(one.collection)), keys.map((one) => one.key)],
  )
  return rowCount ?? 0
}

/** Those that are open, oldest first, at most a hundred. */
export async function openDeadLetters(sql: Sql, store: string): Promise<{ count: number; letters: DeadLetter[] }> {
  const { rows } = await sql.query<DeadLetter & { count: string }>(
    `select collection, key, reason, at, count(*) over () as count from outgrow.dead_letter
      where store = $1::text and settled_at is null order by id limit 100`,
    [store],
  )
  return { count: Number(rows[0]?.count ?? 0), letters: rows.map(({ count: _, ...letter }) => letter) }
}
