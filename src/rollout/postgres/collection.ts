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
  /** Field of the key in a RecordRow; -1 when there is none. */
  keyField: number
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
  const key = keyColumnOf(root)
  return {
    name: definition.name,
    kind: definition.kind,
    definition,
    schema,
    tables,
    root,
    from: qualified(schema, root.table.name),
    key,
    primaryKey: objectNames(plan).get(root.table.name)?.primaryKey,
    encoder: new RecordEncoder(root, tables),
    decoder: new RecordDecoder(tables),
    recordColumns: recordColumns(schema, [root, ...tables.slice(1)]),
    keyField: key === undefined ? -1 : root.table.columns.indexOf(key),
  }
}

/**
 * A record in one row, so that one statement, and hence one snapshot, reads all of it: the columns, the aside, and for each
 * table of its lists the rows as a JSON list of lists of texts.
 */
function recordColumns(schema: string, [root, ...inner]: [PlacedTable, ...PlacedTable[]]): string {
  const own = fieldsOf(root).map((name) => `t.${name}`)
  return [...own, ...inner.map((placed) => listOf(schema, root, placed))].join(', ')
}

function listOf(schema: string, root: PlacedTable, placed: PlacedTable): string {
  const ordinals = ordinalColumns(placed).map((name) => `l.${quoteIdent(name)}`)
  const texts = [...ordinals, ...fieldsOf(placed).map((name) => `l.${name}`)].map((name) => `${name}::text`)
  const on = `l.${quoteIdent(placed.key[0]?.name ?? '')} = t.${quoteIdent(root.table.key[0] ?? POSITION)}`
  return `(select json_agg(array[${texts.join(', ')}] order by ${ordinals.join(', ')})
    from ${qualified(schema, placed.table.name)} l where ${on})`
}

/** The planned columns and the aside. */
function fieldsOf({ table }: PlacedTable): string[] {
  return [...table.columns.map((column) => column.name), ASIDE].map(quoteIdent)
}

function ordinalColumns(placed: PlacedTable): string[] {
  return placed.key.slice(-ordinalsOf(placed)).map((column) => column.name)
}
