/**
 * The two sides of a store under way: the JSON file and PostgreSQL. Both hold the same collections of records and answer
 * the same questions with the same meaning; which one is the authority is the stage's business, not theirs.
 *
 * A record is a JSON value as the application sees it. Ids, timestamps and versions are made by the application or the
 * staged store, never by a side: a side stores states.
 */
export type Json = null | boolean | number | string | Json[] | { [member: string]: Json }
export type JsonRecord = { [member: string]: Json }
export type Scalar = null | boolean | number | string

/**
 * The key of a record as canonical text: `7`, `"a"` in their JSON spelling, so that 7 and "7" differ. A collection whose
 * records have no key is one record under the key `null`: a singleton as it is, any other value as `{ value }`.
 */
export type Key = string

/**
 * Conditions on members by their JSON pointer or plain name; all must hold. A missing member is null. A pointer leads
 * through objects only: what is said to lie in a list is missing.
 */
export type Where = Record<string, Scalar | Condition>

export interface Condition {
  /** Equal to one of these; null matches missing and null. */
  in?: Scalar[]
  /** Not equal to this; a list or an object equals no scalar. */
  not?: Scalar
  /** Same-type comparison: false before true, numbers by value, strings by code point (C collation). Never true for null. */
  gt?: Scalar
  gte?: Scalar
  lt?: Scalar
  lte?: Scalar
  /** The member is a list that contains this scalar. */
  has?: Scalar
}

export interface Query {
  where?: Where
  /** Case-insensitive (simple Unicode lower-casing, see query-text.ts) substring in any of these members that is a string. */
  search?: { text: string; in: string[] }
  /**
   * Null (or missing) < booleans < numbers < strings < lists < objects; lists, and objects, are equal to each other. Ties
   * are broken by key, ascending, so that pages are stable.
   */
  order?: { by: string; descending?: boolean }[]
  limit?: number
  offset?: number
}

export interface Reader {
  get(collection: string, key: Key): Promise<JsonRecord | undefined>
  find(collection: string, query: Query): Promise<JsonRecord[]>
  count(collection: string, query: Pick<Query, 'where' | 'search'>): Promise<number>
}

/** A record's state after a change; undefined when it is gone. */
export interface Change {
  collection: string
  key: Key
  record: JsonRecord | undefined
}

/** What may be done inside one transaction. Reads see its own writes; a `get` of a record locks it against other writers. */
export interface SideTransaction extends Reader {
  put(collection: string, key: Key, record: JsonRecord): Promise<void>
  remove(collection: string, key: Key): Promise<boolean>
  /**
   * Brings the records of a list into the order of these keys; those not named follow in the order that they have, and keys
   * that are not there are passed over. Does nothing to a map, to a collection without keys, and where the plan says that
   * order means nothing. An order that changed is marked dirty under the key `null`, which no record of a list bears.
   */
  arrange(collection: string, keys: readonly Key[]): Promise<void>
}

/** Every record of each collection under its key, in the order in which the records stand. */
export type Contents = Map<string, Map<Key, JsonRecord>>

/** One side. `transaction` is all or nothing and durable when it returns; `apply` is what the relay pushes. */
export interface Side extends Reader {
  transaction<T>(act: WriteAct, fn: (tx: SideTransaction) => Promise<T>): Promise<T>
  /**
   * Single records, where a side does them for less than a transaction of a `get` and a `put` or `remove`, and with the same
   * outcome; a side without these is asked by transaction. `insert` is false, and nothing is done, when the key is taken.
   * `update` replaces the record by what `next` makes of a copy of its own, and returns that; `next` may run more than once.
   * `delete` returns the record as it was. Both are undefined when there is none.
   */
  insert?(act: WriteAct, collection: string, record: JsonRecord, key: Key): Promise<boolean>
  update?(
    act: WriteAct,
    collection: string,
    key: Key,
    next: (record: JsonRecord) => JsonRecord,
  ): Promise<JsonRecord | undefined>
  delete?(act: WriteAct, collection: string, key: Key): Promise<JsonRecord | undefined>
  /** Makes the records be as given, upserting on the key only; all of them or none. */
  apply(changes: readonly Change[], act: WriteAct): Promise<void>
  /** Every key of a collection, in batches: for backfill and sweeps. */
  keys(collection: string): AsyncIterable<Key[]>
  /**
   * All of the store as one moment has it. Lists and maps are always in it, be they empty; of the other collections, those
   * that are there.
   */
  contents(): Promise<Contents>
  close(): Promise<void>
}

/** On whose behalf a write comes. */
export interface WriteAct {
  /** The epoch under which the writer believes to act; a side that knows a later one refuses with `stale-epoch`. */
  epoch: number
  /** `mirror`: a push of the relay, which marks nothing dirty. */
  as: 'authority' | 'mirror'
  /** At stage complete no fence stands, and nothing need be declared to it. Where one stands after all, it refuses. */
  isUnfenced?: boolean
  idempotencyKey?: string
  /** Hash of the request under that key: the same key with another hash is a `conflict`. */
  requestHash?: string
}
