import type { Pool } from '../../postgres/connect.ts'
import { copyRecord } from '../json-value.ts'
import type { Change, JsonRecord, Key, WriteAct } from '../side.ts'
import type { FindCollection, PgCollection, PgValue } from './collection.ts'
import { assertBears, removalOf, type Written, writesOf } from './records.ts'
import { inWrite } from './transaction.ts'
import { assertWhole, lockWhole, putWhole, removeWhole } from './whole.ts'

/** The changes of one collection, one for each key. */
interface Batch {
  collection: PgCollection | PgValue
  put: Map<Key, JsonRecord>
  removed: Set<Key>
}

/**
 * Makes records be as given, in one transaction with a few statements for each collection, whatever their number. The last
 * of several changes of one key counts. What is removed goes first, so that a unique value may pass from one record to
 * another. Nothing is sent before all of it was found to be storable.
 */
export async function applyChanges(
  pool: Pool,
  collection: FindCollection,
  changes: readonly Change[],
  act: WriteAct,
): Promise<void> {
  const batches = batchesOf(collection, changes)
  await inWrite(pool, act, async (sql) => {
    for (const batch of batches.toReversed()) {
      const { collection: found, removed } = batch
      if (isWhole(found)) {
        await lockWhole(sql, found)
        if (removed.size > 0) await removeWhole(sql, found)
      } else sql.later([removalOf(found, [...removed]) ?? []].flat())
    }
    for (const { collection: found, put } of batches) {
      if (isWhole(found)) for (const record of put.values()) await putWhole(sql, found, record)
      else sql.later(writesOf(found, [...put].map(written), 'either'))
    }
  })
}

function written([key, record]: [Key, JsonRecord]): Written {
  return { key, json: JSON.stringify(record) }
}

function batchesOf(collection: FindCollection, changes: readonly Change[]): Batch[] {
  const batches = new Map<string, Batch>()
  for (const { collection: name, key, record } of changes) {
    const batch = batches.get(name) ?? { collection: collection(name), put: new Map(), removed: new Set() }
    batches.set(name, batch)
    batch.put.delete(key)
    batch.removed.delete(key)
    if (record === undefined) batch.removed.add(key)
    else batch.put.set(key, storable(batch.collection, key, record))
  }
  return [...batches.values()]
}

function storable(collection: PgCollection | PgValue, key: Key, record: JsonRecord): JsonRecord {
  const own = copyRecord(record)
  if (isWhole(collection)) assertWhole(collection, key, own)
  else assertBears(collection, key, own)
  return own
}

function isWhole(collection: PgCollection | PgValue): collection is PgValue | (PgCollection & { key: undefined }) {
  return collection.kind === 'values' || collection.key === undefined
}
