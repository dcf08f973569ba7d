import { createHash } from 'node:crypto'
import { withTimeouts } from '../postgres/settings.ts'
import type { Sql } from '../postgres/sql.ts'

/** Longer than anyone should hold one of these locks: who comes second waits, instead of failing an act of hours. */
const PATIENCE_MS = 60_000

/** What is done one after the other; migrations by the table that counts them. */
type Purpose = 'bookkeeping' | 'audit chain' | 'migration log' | `migrations ${string}`

/**
 * Waits until no other transaction does the same, and keeps the others waiting until the caller's transaction ends. The
 * locks are advisory, of the one-key space, which the locks of stores (two keys) do not share.
 */
export async function queueFor(sql: Sql, purpose: Purpose): Promise<void> {
  const key = createHash('sha256').update(`outgrow: ${purpose}`).digest().readBigInt64BE(0).toString()
  await withTimeouts(sql, { lock: PATIENCE_MS }, () => sql.query('select pg_advisory_xact_lock($1::bigint)', [key]))
}
