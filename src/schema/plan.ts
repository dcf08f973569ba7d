/**
 * The plan: the reviewable mapping of one store to tables. It is data, written as JSON for a person to read and edit; the
 * same plan and the same tables always rebuild the same document. Words: store, collection, record, key, codec and aside
 * are used as defined in docs/concepts.md.
 */
export interface Plan {
  /** Path of the JSON schema beside the plan, for editors. */
  $schema: string
  version: 1
  /** NAME: what the operator calls the store. */
  store: string
  /** The PostgreSQL schema that holds its tables: NAME in snake_case. */
  schema: string
  /** What the document is: an object of collections; itself one collection, as a list or as a map of records under their
   * ids; or a NeDB log (one record per line). */
  document: 'object' | 'list' | 'map' | 'nedb'
  collections: Collection[]
  /** NeDB only: definitions of its indexes, as the log spells them; export writes them again. */
  nedb?: { indexes: string[] }
  references: Reference[]
  /** What a reader should know before approving, e.g. a duplicated id; each names its place. */
  notes: Note[]
}

export interface Note {
  /** Stable id, e.g. `duplicate-key`, `map-like`, `wide-table`. */
  id: string
  /** JSON pointer into the store: a collection, a record, or a member of one. */
  pointer: string
  message: string
}

/** A member of the document: `values` is one row of `store_values` (a scalar, or a list that is not of records). */
export type Collection =
  | { name: string; kind: 'list' | 'keyed' | 'singleton'; table: Table }
  | { name: string; kind: 'values' }

export interface Table {
  /** Name in PostgreSQL, unquoted. */
  name: string
  /**
   * Column names of the primary key. `['_position']` when no member identifies the records. A child table's key is the
   * key of its parent, each name prefixed `_parent` (`id` → `_parent_id`, `_position` → `_parent_position`,
   * `_parent_id` → `_parent_parent_id`), followed by `_ordinal`.
   */
  key: string[]
  /** Set by a reader, on a collection's own table, when the order of its records means nothing: contract drops `_position`. */
  ordered?: false
  /** In the order of first appearance: export writes members in this order. */
  columns: Column[]
  /** Objects whose members became columns of this table. */
  groups: Group[]
  /** Lists of objects that became tables of their own. */
  children: Child[]
  /** Narrowings that values alone cannot prove, off until the reader sets `enabled`. */
  proposals: Proposal[]
}

export type ColumnType =
  | 'boolean'
  | 'bigint'
  | 'double precision'
  | 'numeric'
  | 'uuid'
  | 'timestamptz'
  | 'date'
  | 'text'
  | 'text[]'
  | 'bigint[]'
  | 'jsonb'

export interface Column {
  name: string
  /** JSON pointer within the record (`/author/name`); `#` for the member name of a keyed collection's record. */
  pointer: string
  type: ColumnType
  /** timestamptz only: digits of the fraction of a second in the JSON text, which always ends in `Z` (0, 3, 6), or
   * `epoch-ms` / `epoch-s` for an integer that a reader declared to be an instant. */
  format?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 'epoch-ms' | 'epoch-s'
  /** What SQL NULL stands for here; a record that differs says so in its aside. */
  null_means: 'absent' | 'null'
}

export interface Group {
  /** JSON pointer of the object within the record. */
  pointer: string
  /** What it stands for that every column of the group is NULL. */
  null_means: 'absent' | 'null'
}

export interface Child {
  /** JSON pointer of the list within the record (of this table). */
  pointer: string
  /** What it stands for that there is no row; a record that differs says so in its aside. */
  empty_means: 'absent' | 'empty'
  table: Table
}

export interface Proposal {
  kind: 'enum' | 'not-null' | 'epoch-ms' | 'epoch-s'
  column: string
  enabled: boolean
  /** The figures that speak for it, e.g. `{ "values": ["low", "high"], "records": 812 }`. */
  evidence: Record<string, unknown>
}

export interface Reference {
  /** Table and column that hold the reference. */
  table: string
  column: string
  /** Table and key column that it points to. */
  to_table: string
  to_column: string
  /** `many`: the column is a list of keys. */
  cardinality: 'one' | 'many'
  /** `exact`: same JSON type on both sides; `canonical`: number against numeric text, as json-server matches them. */
  match: 'exact' | 'canonical'
  /** Foreign key in the contract migration; only where match is exact, cardinality one and nothing is orphaned. */
  enabled: boolean
  evidence: { values: number; contained: number; ratio: number; orphans: string[] }
}

/** Reserved column names of our own; no member of a record is ever folded onto one. */
export const POSITION = '_position'
export const ASIDE = '_aside'
export const ORDINAL = '_ordinal'
/** Table of the `values` collections, one per store: (name text, value json). */
export const VALUES_TABLE = 'store_values'
