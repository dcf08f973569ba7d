import { valuesRowName } from '../../codec/values.ts'
import { appendAudit } from '../../journal/audit.ts'
import { inTransaction } from '../../postgres/transaction.ts'
import { recordEvidence } from '../stage/evidence.ts'
import { fileOf, postgresOf } from '../store/authority.ts'
import type { Parts } from '../store/parts.ts'
import { type SweepDifference, type SweepReport, sweepAll } from '../store/sweep.ts'
import type { TouchedKey } from '../store/touched.ts'
import { checkOrder } from './order.ts'

/** Compares every record of both sides and puts the outcome on record, for the gates. */
export async function verifyStore(parts: Parts, by: string): Promise<SweepReport> {
  const report = await sweepAll(parts)
  const { records, differences, restless, listed } = report
  const figures = {
    by,
    records,
    differences: differences + restless,
    listed: listed.slice(0, 10),
    order: await checkOrder(parts),
  }
  const { pool } = postgresOf(parts)
  await recordEvidence(pool, { store: parts.name, kind: 'verification', epoch: parts.present.epoch, figures })
  return report
}

/**
 * Makes the mirror like the authority where they differ, never the other way: each differing record is put on the audit log
 * as both sides have it, then its key is marked dirty. What was proven before begins anew.
 */
export async function repairStore(
  parts: Parts,
  by: string,
  why: string,
): Promise<{ repaired: number; report: SweepReport }> {
  const differences: SweepDifference[] = []
  const report = await sweepAll(parts, (one) => differences.push(one))
  for (let at = 0; at < differences.length; at += PAIRS)
    await recordRepair(parts, by, why, differences.slice(at, at + PAIRS))
  const { pool } = postgresOf(parts)
  const figures = { by, why, differences: differences.length }
  await recordEvidence(pool, { store: parts.name, kind: 'repair', epoch: parts.present.epoch, figures })
  await markForMirror(parts, differences)
  await parts.relay.flush()
  parts.traffic.reset()
  parts.calm.restart()
  return { repaired: differences.length, report }
}

/** Pairs of records in one audit entry. */
const PAIRS = 100

async function recordRepair(parts: Parts, by: string, why: string, differences: SweepDifference[]): Promise<void> {
  const postgres = postgresOf(parts)
  const pairs = []
  for (const { collection, key, kind } of differences) {
    const theirs = (await postgres.records(collection, [key])).get(key) ?? null
    pairs.push({ collection, key, kind, file: fileOf(parts).store.read(collection, key) ?? null, postgres: theirs })
  }
  const { epoch, rules } = parts.present
  const figures = { why, epoch, authority: rules.authority, pairs }
  const entry = { actor: by, act: 'repair', subject: parts.name, store: parts.name, figures, outcome: 'done' } as const
  await postgres.pool.use((connection) => inTransaction(connection, (sql) => appendAudit(sql, entry)))
}

async function markForMirror(parts: Parts, keys: readonly TouchedKey[]): Promise<void> {
  if (keys.length === 0) return
  if (parts.present.rules.authority === 'file') {
    const { log } = fileOf(parts)
    log.reveal(await log.mark(keys))
    return
  }
  await postgresOf(parts).pool.query(
    `insert into outgrow.dirty (store, collection, key)
     select $1::text, k.collection, k.key from unnest($2::text[], $3::text[]) k (collection, key)`,
    [parts.name, keys.map((one) => valuesRowName(one.collection)), keys.map((one) => one.key)],
  )
}
