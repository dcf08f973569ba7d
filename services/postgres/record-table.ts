import { type Kysely, type Selectable, sql } from 'kysely'
import { type JsonRecord, type Query, runQuery } from 'outgrow/store'
import { conditionOf, orderOf } from './query.ts'
import { asideOf, type RowCodec } from './row.ts'

/** What every table of records has, whatever else it has. */
interface AnyTable {
  id: string
  _aside: unknown
}

type AnyTables = Record<string, AnyTable>

/** The records of one table, in a transaction or out of one. */
export interface RecordTable {
  get(id: string): Promise<JsonRecord | undefined>
  /** As `get`; the row is kept from other writers until the end of the transaction. */
  lock(id: string): Promise<JsonRecord | undefined>
  find(query: Query): Promise<JsonRecord[]>
  count(): Promise<number>
  insert(record: JsonRecord): Promise<void>
  put(id: string, record: JsonRecord): Promise<void>
  /** False when there was none. */
  remove(id: string): Promise<boolean>
}

/** The records of a table that outgrow made from a plan, under the key `id`. */
export function recordTable<DB>(on: Kysely<DB>, name: NoInfer<string & keyof DB>, codec: RowCodec): RecordTable {
  const db = on as unknown as Kysely<AnyTables>
  const table: string = name
  const recordIn = (row: Selectable<AnyTable> | undefined): JsonRecord | undefined => row && codec.recordOf(row)
  // PostgreSQL's text cannot hold it: no row has that id.
  const isHeld = (id: string): boolean => !id.includes('\0') && id.isWellFormed()
  const one = (id: string) => db.selectFrom(table).selectAll().where('id', '=', id)
  return {
    get: async (id) => (isHeld(id) ? recordIn(await one(id).executeTakeFirst()) : undefined),
    lock: async (id) => (isHeld(id) ? recordIn(await one(id).forUpdate().executeTakeFirst()) : undefined),
    find: (query) => find(db, table, codec, query),
    count: async () => {
      const counted = await db
        .selectFrom(table)
        .select((of) => of.fn.countAll<string>().as('count'))
        .executeTakeFirst()
      return Number(counted?.count ?? 0)
    },
    insert: async (record) => void (await db.insertInto(table).values(rowFor(codec, record)).execute()),
    put: async (id, record) => {
      await db.updateTable(table).set(rowFor(codec, record)).where('id', '=', id).execute()
    },
    remove: async (id) => {
      const { numDeletedRows } = await db.deleteFrom(table).where('id', '=', id).executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

function rowFor(codec: RowCodec, record: JsonRecord): AnyTable {
  return codec.rowOf(record) as unknown as AnyTable
}

/**
 * Answers a query from one snapshot. SQL filters, orders and cuts the rows that their columns tell whole; rows with an aside
 * (old records that are not as the contract says: few or none) come all, and when there is one, memory has the last word.
 */
async function find(db: Kysely<AnyTables>, table: string, codec: RowCodec, query: Query): Promise<JsonRecord[]> {
  const condition = conditionOf(codec.columns, query)
  const order = orderOf(codec.columns, query.order)
  const isWhole = condition !== undefined && order !== undefined
  const anyOdd = sql<boolean>`exists (select from odd)`
  const most = isWhole ? (query.limit ?? null) : null
  const from = isWhole ? (query.offset ?? 0) : 0
  const rows = await db
    .with(
      (cte) => cte('odd').materialized(),
      (cte) => cte.selectFrom(table).selectAll().where('_aside', 'is not', null),
    )
    .selectFrom((of) =>
      of
        .selectFrom(table)
        .selectAll()
        .where('_aside', 'is', null)
        .where(condition ?? sql<boolean>`true`)
        .orderBy(order ?? sql`id collate "C"`)
        .limit(sql<bigint>`case when ${anyOdd} then ${most}::bigint + ${from}::bigint else ${most}::bigint end`)
        .offset(sql<bigint>`case when ${anyOdd} then 0 else ${from}::bigint end`)
        .as('plain'),
    )
    .selectAll()
    .unionAll((of) => of.selectFrom('odd').selectAll())
    .execute()
  const records = rows.map((row) => codec.recordOf(row))
  if (isWhole && rows.every((row) => asideOf(row) === null)) return records
  const entries = records.map((record, at) => ({ key: JSON.stringify(rows[at]?.id), record }))
  return runQuery(entries, query)
}
