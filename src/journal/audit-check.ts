import type { Connection } from '../postgres/connect.ts'
import type { Sql } from '../postgres/sql.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { ENTRY_COLUMNS, type EntryRow, sealedEntry } from './audit.ts'
import { type AuditAnchor, hashOf, type SealedEntry } from './audit-entry.ts'

export interface AuditCheck {
  /** Entries read; up to the broken one when there is one. */
  entries: number
  ok: boolean
  broken?: AuditBreak
}

export interface AuditBreak {
  seq: number
  problem: string
}

/** What the chain starts from, in the place of a predecessor's hash. */
const GENESIS: AuditAnchor = { seq: 0, hash: '0'.repeat(64) }
const PAGE = 250

/**
 * Reads the whole audit log in order, on a session that is in no transaction, and tells whether it is as it was written. It
 * computes every hash here, trusting no function of the database, in memory that does not grow with the log. A changed,
 * removed (also the first and the last), moved, inserted or doubled entry is a value: the first place where the chain
 * breaks and what is wrong there. The end is compared with the head row and with the hashes that the migration log
 * noted. What it cannot see is a log rewritten as a whole with head and notes by someone with all rights: for that, compare
 * with the hashes in the pages of the migration log, which live outside the database.
 */
export async function checkAudit(connection: Connection): Promise<AuditCheck> {
  return inTransaction(connection, check, { isolation: 'repeatable read', readOnly: true })
}

async function check(sql: Sql): Promise<AuditCheck> {
  const anchors = await notedAnchors(sql)
  let last = GENESIS
  let entries = 0
  await sql.query(
    `declare audit_check no scroll cursor for select ${ENTRY_COLUMNS} from outgrow.audit_log order by seq`,
  )
  for (;;) {
    const { rows } = await sql.query<EntryRow>(`fetch ${PAGE} from audit_check`)
    for (const entry of rows.map(sealedEntry)) {
      const problem = linkProblem(entry, last, anchors)
      if (problem !== undefined) return broken(entries, problem)
      last = entry
      entries++
    }
    if (rows.length < PAGE) break
  }
  const problem = endProblem(last, await headOf(sql), anchors)
  return problem === undefined ? { entries, ok: true } : broken(entries, problem)
}

function broken(entries: number, problem: AuditBreak): AuditCheck {
  return { entries, ok: false, broken: problem }
}

/** What is wrong with an entry that stands behind `last`; its own hash first, since that names the culprit. */
function linkProblem(
  entry: SealedEntry,
  last: AuditAnchor,
  anchors: ReadonlyMap<number, string>,
): AuditBreak | undefined {
  const { seq } = entry
  if (seq < 1) return { seq, problem: `entry ${seq} was inserted: the log starts with entry 1` }
  if (seq === last.seq) return { seq, problem: `entry ${seq} is there twice` }
  if (seq > last.seq + 1) return missing(last.seq + 1, seq - 1)
  if (hashOf(entry) !== entry.hash) return { seq, problem: `entry ${seq} was changed: its fields do not give its hash` }
  if (entry.previousHash !== last.hash) return unlinked(seq, last)
  if ((anchors.get(seq) ?? entry.hash) !== entry.hash) {
    return { seq, problem: `entry ${seq} was rewritten: the migration log noted another hash for it` }
  }
  return undefined
}

function unlinked(seq: number, last: AuditAnchor): AuditBreak {
  if (last.seq === 0) return { seq, problem: `entry ${seq} was replaced: a first entry has no predecessor` }
  return {
    seq,
    problem: `entry ${seq} does not continue entry ${last.seq}: one of the two was rewritten, moved or inserted`,
  }
}

function missing(from: number, to: number): AuditBreak {
  return { seq: from, problem: from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing` }
}

/** What is wrong at the end, which no successor vouches for: the head row and the noted hashes do. */
function endProblem(
  last: AuditAnchor,
  head: AuditAnchor | undefined,
  anchors: ReadonlyMap<number, string>,
): AuditBreak | undefined {
  if (head === undefined) return { seq: last.seq, problem: 'the head of the chain is gone, so its end is unproven' }
  const expected = Math.max(head.seq, ...anchors.keys())
  if (expected > last.seq) return missing(last.seq + 1, expected)
  if (head.seq < last.seq) {
    return { seq: head.seq + 1, problem: `entry ${head.seq + 1} is beyond the head: it was inserted past the guard` }
  }
  if (head.hash === last.hash) return undefined
  return { seq: last.seq, problem: `entry ${last.seq} was rewritten: it is not the one that the head names` }
}

async function headOf(sql: Sql): Promise<AuditAnchor | undefined> {
  const { rows } = await sql.query<{ seq: string; hash: string }>('select seq, hash from outgrow.audit_head')
  return rows[0] && { seq: Number(rows[0].seq), hash: rows[0].hash }
}

/** One per run, so few beside the entries. */
async function notedAnchors(sql: Sql): Promise<Map<number, string>> {
  const { rows } = await sql.query<{ seq: string; hash: string }>(
    'select audit_seq as seq, audit_hash as hash from outgrow.migration_log where audit_seq is not null',
  )
  return new Map(rows.map((row) => [Number(row.seq), row.hash]))
}
