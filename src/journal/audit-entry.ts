import { createHash } from 'node:crypto'
import { OutgrowError } from '../errors.ts'

/** What a caller says of an act. */
export interface AuditEntry {
  /** Who did it: an account, an operator's name, a service. */
  actor: string
  /** What was done, e.g. `migrate`, `rollback`, `stage`. */
  act: string
  /** What it was done to: the store, a day of a table, a backup. */
  subject: string
  /** The store concerned, when there is one: `listAudit` finds its entries by it. */
  store?: string
  figures?: Record<string, unknown>
  outcome: 'done' | 'refused' | 'failed'
}

/** An entry as it stands in the chain. All of it is sealed by `hash`. */
export interface SealedEntry {
  seq: number
  /** UTC with microseconds, `2026-01-31T12:00:00.000000Z`. */
  at: string
  actor: string
  act: string
  subject: string
  store: string | null
  /** JSON text, verbatim. */
  figures: string
  outcome: string
  previousHash: string
  hash: string
}

/** Where the chain stood after an entry; kept elsewhere, it proves later that nothing up to it was changed. */
export interface AuditAnchor {
  seq: number
  hash: string
}

/**
 * The hash of an entry: SHA-256, in hexadecimal, of the UTF-8 bytes of a JSON array of all its other fields in fixed order,
 * led by the name of this format. JSON keeps neighbouring fields apart whatever they contain.
 */
export function hashOf(entry: Omit<SealedEntry, 'hash'>): string {
  const { seq, at, actor, act, subject, store, figures, outcome, previousHash } = entry
  const fields = ['outgrow audit 1', seq, at, actor, act, subject, store, figures, outcome, previousHash]
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}

/** Throws for text that PostgreSQL or UTF-8 would alter or refuse, since a hash over it could never be checked again. */
export function assertStorable(entry: AuditEntry): void {
  for (const field of ['actor', 'act', 'subject', 'store', 'outcome'] as const) {
    const text = entry[field] ?? ''
    if (text.isWellFormed() && !text.includes('\0')) continue
    throw new OutgrowError('failure', `the audit entry's ${field} holds U+0000 or half a surrogate pair`, {
      place: JSON.stringify(text),
      next: 'Give it as text that PostgreSQL can store unchanged.',
    })
  }
}
