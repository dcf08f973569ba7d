import { OutgrowError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { openPool, type Pool } from '../../postgres/connect.ts'
import { quoteIdent } from '../../postgres/ident.ts'
import type { BatchSql, Sql } from '../../postgres/sql.ts'
import type { Plan } from '../../schema/plan.ts'
import { WHOLE } from '../key.ts'
import { countMatches, runQuery } from '../query/run.ts'
import type { JsonRecord, Key, Reader, Side } from '../side.ts'
import { applyChanges } from './apply.ts'
import { arrangeRecords, keysInOrder } from './arrange.ts'
import {
  compileCollections,
  type FindCollection,
  type PgCollection,
  type PgValue,
  unknownCollection,
} from './collection.ts'
import { contentsOf } from './contents.ts'
import { clearDirty, type DirtyKey, dirtyAmong, dirtyBacklog, pendingDirty } from './dirty.ts'
import { telling } from './error.ts'
import { countRecords, findRecords } from './find.ts'
import { onceByKey } from './idempotency.ts'
import { keyOfText, readRow, readRows } from './records.ts'
import { type Singles, singlesOf } from './single.ts'
import { inWrite } from './transaction.ts'
import { openTransaction } from './tx.ts'
import { readWhole } from './whole.ts'

export interface PgSideOptions {
  /** A URL, for a pool of the side's own, or a pool that the caller ends. */
  database: string | Pool
  plan: Plan
  log: Logger
  /** Sessions of the side's own pool. */
  sessions?: number
  /** Milliseconds: of a statement, of a wait for a lock, of a transaction that does nothing. */
  timeouts?: { statement?: number; lock?: number; idle?: number }
}

/** PostgreSQL as a side, with the queue of keys that it marks dirty while it is the authority. */
export interface PgSide extends Omit<Side, keyof Singles>, Singles {
  readonly pool: Pool
  /** The present states of many keys, as one snapshot has them; a key whose record is not there is not in the map. */
  records(collection: string, keys: readonly Key[]): Promise<Map<Key, JsonRecord>>
  /** See keysInOrder. */
  order(collection: string): Promise<Key[]>
  /** See arrangeRecords; `sql` is the caller's transaction, which says as whom it writes. */
  arrange(collection: string, keys: readonly Key[], sql: Sql): Promise<number>
  pendingDirty(limit: number): Promise<DirtyKey[]>
  clearDirty(ids: readonly string[]): Promise<void>
  dirtyAmong(collection: string, keys: readonly Key[]): Promise<Set<Key>>
  dirtyBacklog(): Promise<{ marks: number; age: number }>
}

/** Keys that are read at a time. */
const PAGE = 1000

/**
 * Opens the tables of the plan as a side; nothing is connected before the first question. Every wait has an end, and what
 * the server's absence ends is `unavailable`. Throws `plan-invalid` for a key of several columns.
 */
export function openPgSide(options: PgSideOptions): PgSide {
  const { plan } = options
  const pool = typeof options.database === 'string' ? poolOf(options.database, options) : options.database
  const collections = compileCollections(plan)
  const collection = (name: string): PgCollection | PgValue => {
    const found = collections.get(name)
    if (found === undefined) throw unknownCollection(name, collections.keys())
    return found
  }
  const sql = telling(pool)
  const transaction: Side['transaction'] = (act, fn) =>
    inWrite(pool, act, (own) =>
      onceByKey(own, plan.store, act, () => fn(openTransaction(own, collection, readerOf(own, collection)))),
    )
  return {
    pool,
    ...readerOf(sql, collection),
    transaction,
    ...singlesOf(sql, collection, transaction),
    apply: async (changes, act) => applyChanges(pool, collection, changes, act),
    keys: (name) => keysOf(sql, collection(name)),
    records: async (name, keys) => recordsOf(sql, collection(name), keys),
    order: async (name) => keysInOrder(sql, collection(name)),
    arrange: async (name, keys, own) => arrangeRecords(own, collection(name), keys),
    contents: async () => contentsOf(pool, collections.values()),
    pendingDirty: (limit) => pendingDirty(sql, plan, limit),
    clearDirty: (ids) => clearDirty(sql, plan.store, ids),
    dirtyAmong: (name, keys) => dirtyAmong(sql, plan.store, name, keys),
    dirtyBacklog: () => dirtyBacklog(sql, plan.store),
    close: async () => {
      if (typeof options.database === 'string') await pool.end()
    },
  }
}

function readerOf(sql: BatchSql, collection: FindCollection): Reader {
  return {
    get: async (name, key) => {
      const found = collection(name)
      if (found.kind === 'values' || found.key === undefined) return key === WHOLE ? readWhole(sql, found) : undefined
      const row = await readRow(sql, found, key, false)
      return row && found.decoder.record(row)
    },
    find: async (name, query) => {
      const found = collection(name)
      return found.kind === 'values' ? runQuery(await entriesOf(sql, found), query) : findRecords(sql, found, query)
    },
    count: async (name, query) => {
      const found = collection(name)
      return found.kind === 'values'
        ? countMatches(await entriesOf(sql, found), query)
        : countRecords(sql, found, query)
    },
  }
}

async function recordsOf(
  sql: BatchSql,
  collection: PgCollection | PgValue,
  keys: readonly Key[],
): Promise<Map<Key, JsonRecord>> {
  if (collection.kind !== 'values' && collection.key !== undefined) {
    const rows = await readRows(sql, collection, keys)
    return new Map([...rows].map(([key, row]) => [key, collection.decoder.record(row)]))
  }
  const whole = keys.includes(WHOLE) ? await readWhole(sql, collection) : undefined
  return new Map(whole === undefined ? [] : [[WHOLE, whole]])
}

async function entriesOf(sql: BatchSql, collection: PgValue): Promise<{ key: Key; record: JsonRecord }[]> {
  const record = await readWhole(sql, collection)
  return record === undefined ? [] : [{ key: WHOLE, record }]
}

/** By pages in the order of the key's own index: a key that comes or goes meanwhile may be in them or not, no other is missed. */
async function* keysOf(sql: Sql, collection: PgCollection | PgValue): AsyncGenerator<Key[]> {
  if (collection.kind === 'values' || collection.key === undefined) {
    yield [WHOLE]
    return
  }
  const { key, from } = collection
  const column = quoteIdent(key.name)
  for (let last: string | undefined; ; ) {
    const after = last === undefined ? '' : `where ${column} > $2::${key.type}`
    const { rows } = await sql.query<{ key: string }>(
      `select ${column}::text as key from ${from} ${after} order by ${column} limit $1::bigint`,
      last === undefined ? [PAGE] : [PAGE, last],
    )
    if (rows.length > 0) yield rows.map((row) => keyOfText(key, row.key))
    if (rows.length < PAGE) return
    last = rows.at(-1)?.key
  }
}

function poolOf(url: string, { plan, sessions, timeouts = {} }: PgSideOptions): Pool {
  const statement = timeouts.statement ?? 10_000
  if (statement <= 0) throw new OutgrowError('usage', 'The statement timeout of a side must be above 0.')
  return openPool(url, {
    application: `store ${plan.store}`,
    max: sessions ?? 10,
    connectWithin: Math.min(statement, 5000),
    // The server gives up first; this is for a server that no longer says so.
    answerWithin: statement + 5000,
    settings: {
      statement_timeout: `${statement}ms`,
      lock_timeout: `${timeouts.lock ?? 5000}ms`,
      idle_in_transaction_session_timeout: `${timeouts.idle ?? 30_000}ms`,
    },
  })
}
