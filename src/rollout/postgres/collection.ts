import { OutgrowError } from '../../errors.ts'
import { qualified, quoteIdent } from '../../postgres/ident.ts'
import { objectNames } from '../../schema/objects.ts'
import { ASIDE, type Collection, type Column, type Plan, POSITION } from '../../schema/plan.ts'
import { type PlacedTable, tablesOf } from '../../schema/tables.ts'
import { ordinalsOf, RecordDecoder } from './decode.ts'
import { RecordEncoder } from './encode.ts'
import { keyColumnOf } from './key.ts'

/** A collection of records made ready to be read and written: its tables, its codec, and the SQL that reads a record. */
export interface PgCollection {
  name: string
  kind: 'list' | 'keyed' | 'singleton'
  definition: Collection
  schema: string
  /** Its own table first, then those of its lists, parents before children. */
  tables: PlacedTable[]
  root: PlacedTable
  /** The root table as SQL text. */
  from: string
  /** Undefined when the collection is read and written whole. */
  key: Column | undefined
  /** Name of the primary key's constraint. */
  primaryKey: string | undefined
  encoder: RecordEncoder
  decoder: RecordDecoder
  /** Select list of a RecordRow over the root table `t`. */
  recordColumns: string
}

/** A `values` collection: one row of `store_values`. */
export interface PgValue {
  name: string
  kind: 'values'
  schema: string
}

/** The collections of a plan by name. Throws `plan-invalid` for a key of several columns. */
export function compileCollections(plan: Plan): Map<string, PgCollection | PgValue> {
  return new Map(
    plan.collections.map((collection) => [
      collection.name,
      collection.kind === 'values'
        ? { name: collection.name, kind: collection.kind, schema: plan.schema }
        : compile(plan, collection),
    ]),
  )
}

/** Finds a collection by name; throws `usage` for a name that the plan does not have. */
export type FindCollection = (name: string) => PgCollection | PgValue

export function unknownCollection(name: string, known: Iterable<string>): OutgrowError {
  return new OutgrowError('usage', `The store has no collection "${name}".`, {
    place: name,
    next: `Its collections are ${[...known].map((one) => `"${one}"`).join(', ')}.`,
  })
}

function compile(plan: Plan, definition: Collection & { kind: PgCollection['kind'] }): PgCollection {
  const { schema } = plan
  const tables = tablesOf(plan).filter((placed) => placed.collection === definition.name)
  const root = tables[0] as PlacedTable
  return {
    name: definition.name,
    kind: definition.kind,
    definition,
    schema,
    tables,
    root,
    from: qualified(schema, root.table.name),
    key: keyColumnOf(root),
    primaryKey: objectNames(plan).get(root.table.name)?.primaryKey,
    encoder: new RecordEncoder(root, tables),
    decoder: new RecordDecoder(tables),
    recordColumns: recordColumns(schema, tables),
  }
}

/**
 * A record in one row, so that one statement, and hence one snapshot, reads all of it: the columns as texts in a JSON list,
 * and for each table of its lists the rows in a JSON list of such lists.
 */
function recordColumns(schema: string, [root, ...inner]: PlacedTable[]): string {
  const own = `to_json(array[${fieldsOf(root as PlacedTable, 't').join(', ')}]) as row`
  const lists = inner.map((placed) => listOf(schema, root as PlacedTable, placed))
  return `${own}, json_build_array(${lists.join(', ')}) as lists`
}

function listOf(schema: string, root: PlacedTable, placed: PlacedTable): string {
  const ordinals = ordinalColumns(placed).map((name) => `l.${quoteIdent(name)}`)
  const fields = [...ordinals.map((name) => `${name}::text`), ...fieldsOf(placed, 'l')]
  const on = `l.${quoteIdent(placed.key[0]?.name ?? '')} = t.${quoteIdent(root.table.key[0] ?? POSITION)}`
  return `(select json_agg(array[${fields.join(', ')}] order by ${ordinals.join(', ')})
    from ${qualified(schema, placed.table.name)} l where ${on})`
}

/** The planned columns and the aside as texts: what each type's output function prints, as in COPY. */
function fieldsOf(placed: PlacedTable, alias: string): string[] {
  return [...placed.table.columns.map((column) => column.name), ASIDE].map(
    (name) => `${alias}.${quoteIdent(name)}::text`,
  )
}

function ordinalColumns(placed: PlacedTable): string[] {
  return placed.key.slice(-ordinalsOf(placed)).map((column) => column.name)
}
