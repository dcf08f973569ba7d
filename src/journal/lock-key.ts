import { createHash } from 'node:crypto'

/**
 * Key of one of the journal's transaction-level advisory locks, as text for a bigint parameter: 64 bits of SHA-256, in the
 * one-key space, which the locks of stores (two keys) do not share.
 */
export function lockOf(purpose: 'bookkeeping' | 'audit chain' | 'migration log'): string {
  return createHash('sha256').update(`outgrow: ${purpose}`).digest().readBigInt64BE(0).toString()
}
