import { OutgrowError } from '../errors.ts'
import type { Sql } from '../postgres/sql.ts'
import { type AuditAnchor, type AuditEntry, assertStorable, hashOf, type SealedEntry } from './audit-entry.ts'
import { queueFor } from './queue.ts'

/** PostgreSQL's text of an instant in the one format that the hash covers. */
export const AT_TEXT = `to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/**
 * Appends an entry in the caller's transaction, so that the act and its record commit or vanish together. Append last: the
 * lock on the chain, taken here, is held until the caller commits, and every other appender waits for it. The
 * transaction must be READ COMMITTED, the default; under a stricter level a concurrent append ends in a serialization
 * failure, never in a fork of the chain. Returns where the chain now stands.
 */
export async function appendAudit(sql: Sql, entry: AuditEntry): Promise<AuditAnchor> {
  assertStorable(entry)
  await queueFor(sql, 'audit chain')
  const sealed = seal(entry, await headOf(sql))
  await insert(sql, sealed)
  return { seq: sealed.seq, hash: sealed.hash }
}

interface Head {
  seq: string
  hash: string
  at: string
}

/** A statement of its own, after the lock: its snapshot sees what the holder before us committed. */
async function headOf(sql: Sql): Promise<Head> {
  const { rows } = await sql.query<Head>(
    `select seq, hash, ${AT_TEXT} as at from (select seq, hash, clock_timestamp() as at from outgrow.audit_head) head`,
  )
  const [head] = rows
  if (head !== undefined) return head
  throw new OutgrowError('target-unsafe', 'the head of the audit log is gone: someone has tampered with it', {
    place: 'outgrow.audit_head',
    next: 'Run outgrow log --audit --check, and find out who had the rights to do this.',
  })
}

function seal(entry: AuditEntry, head: Head): SealedEntry {
  const unsealed = {
    seq: Number(head.seq) + 1,
    at: head.at,
    actor: entry.actor,
    act: entry.act,
    subject: entry.subject,
    store: entry.store ?? null,
    figures: JSON.stringify(entry.figures ?? {}),
    outcome: entry.outcome,
    previousHash: head.hash,
  }
  return { ...unsealed, hash: hashOf(unsealed) }
}

async function insert(sql: Sql, entry: SealedEntry): Promise<void> {
  await sql.query(
    `insert into outgrow.audit_log (seq, at, actor, act, subject, store, figures, outcome, previous_hash, hash)
     values ($1::bigint, $2::timestamptz, $3::text, $4::text, $5::text, $6::text, $7::json, $8::text, $9::text, $10::text)`,
    [
      entry.seq,
      entry.at,
      entry.actor,
      entry.act,
      entry.subject,
      entry.store,
      entry.figures,
      entry.outcome,
      entry.previousHash,
      entry.hash,
    ],
  )
}

/** The newest entries first, at most `limit`; of one store when given. */
export async function listAudit(sql: Sql, options: { store?: string; limit: number }): Promise<SealedEntry[]> {
  const { rows } = await sql.query<EntryRow>(
    `select ${ENTRY_COLUMNS} from outgrow.audit_log
      where $1::text is null or store = $1::text order by seq desc limit $2::bigint`,
    [options.store ?? null, options.limit],
  )
  return rows.map(sealedEntry)
}

/** How an entry is read so that its hash can be computed again. */
export const ENTRY_COLUMNS = `seq, ${AT_TEXT} as at, actor, act, subject, store, figures::text as figures, outcome,
  previous_hash as "previousHash", hash`

export type EntryRow = Omit<SealedEntry, 'seq'> & { seq: string }

export function sealedEntry(row: EntryRow): SealedEntry {
  return { ...row, seq: Number(row.seq) }
}
