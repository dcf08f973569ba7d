import type { Sql } from '../postgres/sql.ts'

/** A record that no table of the plan takes, kept whole. */
export interface QuarantinedRecord {
  /** The collection's name in the store. */
  collection: string
  /** Its place in the collection, from 0. */
  position: number
  /** JSON pointer, within the store, of what does not fit. */
  pointer: string
  reason: string
  /** The record as JSON text; null when its bytes are not JSON that PostgreSQL takes. */
  record: string | null
  /** The bytes of the record as they stand in the source. */
  raw: Buffer
}

const BATCH_RECORDS = 500
const BATCH_BYTES = 4 * 1024 * 1024

/**
 * Puts records aside for a run, in the transaction of its load; the run itself may be recorded later in that transaction.
 * The texts are kept verbatim, names with U+0000 or lone surrogates included. A second call with the same records
 * stores them a second time. Returns how many were stored, which is all of them.
 */
export async function quarantine(sql: Sql, run: string, records: Iterable<QuarantinedRecord>): Promise<number> {
  let stored = 0
  for (const batch of batches(records)) {
    const { rowCount } = await sql.query(
      `insert into outgrow.quarantine (run, collection, position, pointer, reason, record, raw)
       select $1::uuid, collection::json, position, pointer::json, reason, record::json, raw
         from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[])
              with ordinality as given (collection, position, pointer, reason, record, raw, place)
        order by place`,
      [
        run,
        batch.map((record) => JSON.stringify(record.collection)),
        batch.map((record) => record.position),
        batch.map((record) => JSON.stringify(record.pointer)),
        batch.map((record) => record.reason),
        batch.map((record) => record.record),
        batch.map((record) => record.raw),
      ],
    )
    stored += rowCount ?? 0
  }
  return stored
}

/** Few statements for many small records, and never much more than one large record in memory at once. */
function* batches(records: Iterable<QuarantinedRecord>): Generator<QuarantinedRecord[]> {
  let batch: QuarantinedRecord[] = []
  let bytes = 0
  for (const record of records) {
    batch.push(record)
    bytes += record.raw.length
    if (batch.length < BATCH_RECORDS && bytes < BATCH_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

/** A quarantined record with the number to continue a listing after. */
export type StoredQuarantine = QuarantinedRecord & { id: string }

/** The records that a run put aside, in the order in which it did; at most `limit`, behind the one numbered `after`. */
export async function listQuarantined(
  sql: Sql,
  run: string,
  options: { after?: string; limit: number },
): Promise<StoredQuarantine[]> {
  const { rows } = await sql.query<StoredQuarantine>(
    `select id, collection, position::float8 as position, pointer, reason, record::text as record, raw
       from outgrow.quarantine where run = $1::uuid and id > $2::bigint order by id limit $3::bigint`,
    [run, options.after ?? 0, options.limit],
  )
  return rows
}
