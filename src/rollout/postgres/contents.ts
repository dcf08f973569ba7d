import type { Pool } from '../../postgres/connect.ts'
import { quoteIdent } from '../../postgres/ident.ts'
import type { BatchSql } from '../../postgres/sql.ts'
import { inTransaction } from '../../postgres/transaction.ts'
import { POSITION } from '../../schema/plan.ts'
import { isOrdered, WHOLE } from '../key.ts'
import type { Contents, JsonRecord, Key } from '../side.ts'
import type { PgCollection, PgValue } from './collection.ts'
import { sideError, telling } from './error.ts'
import { keyOfText } from './records.ts'
import { readWhole } from './whole.ts'

/** Reads all collections from one snapshot, in the order of the plan, each record in its place. */
export async function contentsOf(pool: Pool, collections: Iterable<PgCollection | PgValue>): Promise<Contents> {
  const read = async (sql: BatchSql): Promise<Contents> => {
    const contents: Contents = new Map()
    for (const collection of collections) {
      const records = await recordsOf(sql, collection)
      if (records !== undefined) contents.set(collection.name, records)
    }
    return contents
  }
  try {
    return await pool.use((connection) =>
      inTransaction(connection, (own) => read(telling(own)), { isolation: 'repeatable read', readOnly: true }),
    )
  } catch (error) {
    throw sideError(error)
  }
}

async function recordsOf(sql: BatchSql, collection: PgCollection | PgValue): Promise<Map<Key, JsonRecord> | undefined> {
  if (collection.kind === 'values' || collection.key === undefined) {
    const whole = await readWhole(sql, collection)
    return whole === undefined ? undefined : new Map([[WHOLE, whole]])
  }
  const { key, keyField, from, recordColumns, decoder, definition } = collection
  const place = isOrdered(definition) ? POSITION : quoteIdent(key.name)
  const [found] = await sql.batch([{ text: `select ${recordColumns} from ${from} t order by t.${place}` }])
  return new Map((found?.rows ?? []).map((row) => [keyOfText(key, row[keyField] as string), decoder.record(row)]))
}
