import type { Json, JsonRecord, Query, ReadOptions, WriteOptions } from 'outgrow/store'
import type { Readiness } from '../web/health.ts'
import type { Counted, Kind } from './kind.ts'

/** What may be read, on any side. */
export interface Reading {
  get(kind: Kind, id: string, options?: ReadOptions): Promise<JsonRecord | undefined>
  find(kind: Kind, query: Query, options?: ReadOptions): Promise<JsonRecord[]>
  /** All links, as they are. */
  links(options?: ReadOptions): Promise<Json[]>
}

/** What is done inside one transaction. A `get` keeps other writers off the record until its end. */
export interface Work extends Reading {
  insert(kind: Kind, record: JsonRecord): Promise<void>
  put(kind: Kind, id: string, record: JsonRecord): Promise<void>
  /** The record as it was; undefined when there is none. */
  remove(kind: Kind, id: string): Promise<JsonRecord | undefined>
  /** `gone`: the link that is not among them any more. */
  setLinks(links: Json[], gone?: Json): Promise<void>
  /** An id that none has had: the next number, as text. */
  nextId(counted: Counted): Promise<string>
}

/**
 * Where the documentation is: the seam between the routes and plain LowDB, the staged store, or PostgreSQL alone. All three
 * answer the same.
 */
export interface DocumentationStore extends Reading {
  /** How many records there are. */
  count(kind: Kind, options?: ReadOptions): Promise<number>
  /**
   * All of it or nothing, durable when it returns (as far as the strategy goes). A retry with the same idempotency key gets
   * the first answer. `act` may run more than once, each earlier run having left nothing.
   */
  transaction<T>(act: (work: Work) => Promise<T | undefined>, options?: WriteOptions): Promise<T | undefined>
  /** No other process writes this store. */
  isAlone(): Promise<boolean>
  ready(): Promise<Readiness>
  close(): Promise<void>
}
