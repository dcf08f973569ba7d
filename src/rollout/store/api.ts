/**
 * What a service sees of its store. It opens the store once and talks to collections; which side answers, the JSON file or
 * PostgreSQL, is the stage's business. Ids, timestamps and versions are the service's to make, inside the function that
 * it gives: that function may run more than once, each earlier run having left nothing.
 */
import type { Logger } from '../../log.ts'
import type { Plan } from '../../schema/plan.ts'
import type { Thresholds } from '../change/thresholds.ts'
import type { JsonRecord, Query, Scalar } from '../side.ts'
import type { StageStatus } from './status.ts'
import type { Timing } from './timing.ts'

export interface StoreOptions {
  /** As it is named in `outgrow migrate --name`. */
  name: string
  /** The JSON file. */
  file: string
  /** The mapping to tables, as `outgrow plan` wrote it. */
  plan: Plan
  /** PostgreSQL URL. Without one the store can only be in stage `off`. */
  database?: string
  /** What a file that is not there begins with; without it an absent file is refused, as it may be a wrong path. */
  defaults?: JsonRecord
  log?: Logger
  timing?: Partial<Timing>
  /** Proposes how much of shadow's reads PostgreSQL answers; the stage row's own figure is the upper bound. */
  proposal?: StageProposal
  /** What the gates ask for before the next stage, where it is other than their default. */
  gates?: Partial<Thresholds>
  /** Named places where fault tests interrupt. */
  failpoint?: (name: string) => void
}

/** A feature flag, say: it can only propose within what the stage row allows. Per cent of reads; undefined: no opinion. */
export interface StageProposal {
  serveNew(): Promise<number | undefined>
}

export interface WriteOptions {
  /** A retry with the same key gets the first answer and changes nothing; kept for a day. */
  idempotencyKey?: string
  /** What the key stands for, any text: the same key with another one is a `conflict`. */
  request?: string
}

export interface ReadOptions {
  /** Filled in by the read: which side answered, and whether it stood in for the one that should have. */
  answer?: { side?: 'file' | 'postgres'; fallback?: boolean }
}

/** Records of one collection, by the value of their key member. */
export interface Records<T> {
  get(id: Scalar, options?: ReadOptions): Promise<T | undefined>
  find(query?: Query, options?: ReadOptions): Promise<T[]>
  count(query?: Pick<Query, 'where' | 'search'>, options?: ReadOptions): Promise<number>
  /** Throws `conflict` when its key is taken. */
  insert(record: T): Promise<T>
  /** Makes the record under this key be so, whether there was one or not; the only way in where the key is a name (a map). */
  put(id: Scalar, record: T): Promise<T>
  /** Replaces the record by what `next` makes of it; undefined when there is none. `next` gets a copy of its own. */
  update(id: Scalar, next: (record: T) => T): Promise<T | undefined>
  /** The record as it was; undefined when there was none. */
  remove(id: Scalar): Promise<T | undefined>
}

export interface Collection<T> extends Records<T> {
  insert(record: T, options?: WriteOptions): Promise<T>
  put(id: Scalar, record: T, options?: WriteOptions): Promise<T>
  update(id: Scalar, next: (record: T) => T, options?: WriteOptions): Promise<T | undefined>
  remove(id: Scalar, options?: WriteOptions): Promise<T | undefined>
}

/** A collection without keys, read and written whole: one object, a counter, a list whose records bear no key. */
export interface Whole<T> {
  get(options?: ReadOptions): Promise<T | undefined>
  set(value: T, options?: WriteOptions): Promise<void>
}

/** Several records, all or nothing. Reads see what was written before in it. */
export interface Transaction {
  collection<T extends object = JsonRecord>(name: string): Records<T>
  whole<T>(name: string): Whole<T>
}

export interface Store {
  readonly name: string
  collection<T extends object = JsonRecord>(name: string): Collection<T>
  whole<T>(name: string): Whole<T>
  /**
   * All of it or nothing, durable when it returns, on either side. Throws `unavailable` when PostgreSQL is the authority
   * and does not answer, or while a change of stage takes too long: retry with the same idempotency key. Throws
   * `conflict` and `refused` for what the records themselves forbid.
   */
  transaction<T>(fn: (tx: Transaction) => Promise<T>, options?: WriteOptions): Promise<T>
  status(): Promise<StageStatus>
  /** Ends after what is under way; the file is free for another process then. */
  close(): Promise<void>
}
