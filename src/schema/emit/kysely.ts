import type { Plan } from '../plan.ts'
import { type Entity, type EntityColumn, entitiesOf } from './entity.ts'
import { commentText, stringLiteral, typeName } from './member.ts'

const TYPES: Record<EntityColumn['type'], string> = {
  boolean: 'boolean',
  bigint: 'Int8',
  'double precision': 'number',
  numeric: 'Numeric',
  uuid: 'string',
  timestamptz: 'Instant',
  date: 'Instant',
  text: 'string',
  'text[]': 'string[]',
  'bigint[]': 'Int8List',
  jsonb: 'Json',
  json: 'Json',
}

const HEAD = `import type { ColumnType } from 'kysely'

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
export type JsonValue = string | number | boolean | null | JsonValue[] | { [member: string]: JsonValue }`

const TAKEN = `ColumnType Generated Int8 Int8List Numeric Instant Json JsonValue Database Date`.split(' ')

/**
 * The plan as types for Kysely with the driver `pg` in its default settings: names are those in PostgreSQL, tables are
 * reached through `withSchema`. Types only: keys, indexes and relations are in the database.
 */
export function emitKysely(plan: Plan): string {
  const entities = entitiesOf(plan)
  const taken = new Set(TAKEN)
  const typed = entities.map((entity) => ({ entity, type: typeName(`${entity.table}_table`, taken, 'unicode') }))
  const use = `new Kysely<Database>({ dialect }).withSchema(${stringLiteral(plan.schema)})`
  const database = [
    `/** Tables of store ${commentText(JSON.stringify(plan.store))}: ${commentText(use)}. */`,
    'export interface Database {',
    ...typed.map(({ entity, type }) => `  ${property(entity.table)}: ${type}`),
    '}',
  ].join('\n')
  return `${['// Written by outgrow from the plan.', HEAD, ...typed.map(({ entity, type }) => table(entity, type)), database].join('\n\n')}\n`
}

function table(entity: Entity, type: string): string {
  const comment = entity.origin === undefined ? [] : [`/** ${commentText(entity.origin)} */`]
  const lines = entity.columns.flatMap((column) => [
    ...(column.origin === undefined ? [] : [`  /** ${commentText(column.origin)} */`]),
    `  ${property(column.name)}: ${columnType(column)}`,
  ])
  return [...comment, `export interface ${type} {`, ...lines, '}'].join('\n')
}

function columnType({ type, values, sequence, required }: EntityColumn): string {
  const base = values === undefined ? TYPES[type] : values.map(stringLiteral).join(' | ')
  if (sequence !== undefined) return `Generated<${base}>`
  return required ? base : `${base} | null`
}

function property(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) && name !== '__proto__' ? name : stringLiteral(name)
}
