import type { Sql } from '../../postgres/sql.ts'

export type EvidenceKind = 'backfill' | 'verification' | 'repair' | 'drill' | 'cutover' | 'reconciliation' | 'archive'

export interface Evidence {
  kind: EvidenceKind
  epoch: number
  figures: Record<string, unknown>
  at: Date
  /** Seconds since, by the server's clock. */
  age: number
}

/** Puts on record what was proven or done; the newest of its kind counts. */
export async function recordEvidence(
  sql: Sql,
  entry: { store: string; kind: EvidenceKind; epoch: number; figures: Record<string, unknown> },
): Promise<void> {
  await sql.query(
    `insert into outgrow.stage_evidence (store, kind, epoch, figures)
     values ($1::text, $2::text, $3::bigint, $4::json)`,
    [entry.store, entry.kind, entry.epoch, JSON.stringify(entry.figures)],
  )
}

/** The newest of each kind. */
export async function latestEvidence(sql: Sql, store: string): Promise<Partial<Record<EvidenceKind, Evidence>>> {
  const { rows } = await sql.query<{
    kind: EvidenceKind
    epoch: string
    figures: Evidence['figures']
    at: Date
    age: string
  }>(
    `select distinct on (kind) kind, epoch, figures, at, extract(epoch from clock_timestamp() - at) as age
       from outgrow.stage_evidence where store = $1::text order by kind, id desc`,
    [store],
  )
  return Object.fromEntries(rows.map((row) => [row.kind, { ...row, epoch: Number(row.epoch), age: Number(row.age) }]))
}
