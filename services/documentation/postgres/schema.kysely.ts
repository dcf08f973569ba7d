// Written by outgrow from the plan.

import type { ColumnType } from 'kysely'

/** What an insert may leave out. */
export type Generated<T> =
  T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>
/** pg answers 64-bit integers as text, so that none is rounded. */
export type Int8 = ColumnType<string, string | number | bigint, string | number | bigint>
export type Int8List = ColumnType<string[], (string | number | bigint)[], (string | number | bigint)[]>
/** Exact decimals: text. */
export type Numeric = ColumnType<string, string | number, string | number>
/** pg answers dates and times as Date (milliseconds; days at local midnight). */
export type Instant = ColumnType<Date, Date | string, Date | string>
/** Written as JSON text (JSON.stringify): pg would send a list as a PostgreSQL array. */
export type Json = ColumnType<JsonValue, string, string>
export type JsonValue = string | number | boolean | null | JsonValue[] | { [member: string]: JsonValue }

export interface SystemsTable {
  id: string
  name: string | null
  /** JSON pointer "/shortName" */
  short_name: string | null
  description: string | null
  status: string | null
  port: Int8 | null
  host: string | null
  url: string | null
  icon: string | null
  color: string | null
  tags: string[] | null
  /** JSON pointer "/createdAt" */
  created_at: Instant | null
  /** JSON pointer "/updatedAt" */
  updated_at: Instant | null
  _position: Generated<Int8>
  _aside: Json | null
}

export interface IdeasTable {
  id: string
  title: string | null
  description: string | null
  category: string | null
  priority: string | null
  status: string | null
  tags: string[] | null
  /** JSON pointer "/createdAt" */
  created_at: Instant | null
  /** JSON pointer "/updatedAt" */
  updated_at: Instant | null
  _position: Generated<Int8>
  _aside: Json | null
}

export interface FilesTable {
  id: string
  idea_id: string | null
  original_name: string | null
  stored_name: string | null
  size: Int8 | null
  mime_type: string | null
  url: string | null
  sha256: string | null
  uploaded_at: Instant | null
  _position: Generated<Int8>
  _aside: Json | null
}

export interface ChangeLogTable {
  id: string
  at: Instant | null
  entity: string | null
  entity_id: string | null
  action: string | null
  before: Json | null
  after: Json | null
  who: string | null
  _position: Generated<Int8>
  _aside: Json | null
}

export interface StoreValuesTable {
  name: string
  value: Json
}

/** Tables of store "documentation": new Kysely<Database>({ dialect }).withSchema('documentation'). */
export interface Database {
  systems: SystemsTable
  ideas: IdeasTable
  files: FilesTable
  change_log: ChangeLogTable
  store_values: StoreValuesTable
}
