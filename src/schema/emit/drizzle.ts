import { enumCondition } from '../ddl.ts'
import type { Plan } from '../plan.ts'
import { type Entity, type EntityColumn, entitiesOf, incomingId, outgoingId, type Relation } from './entity.ts'
import { memberName, stringLiteral } from './member.ts'

/** Builder and its options; options follow the name. */
const TYPES: Record<EntityColumn['type'], [builder: string, options: string, after: string]> = {
  boolean: ['boolean', '', ''],
  bigint: ['bigint', `{ mode: 'bigint' }`, ''],
  'double precision': ['doublePrecision', '', ''],
  numeric: ['numeric', '', ''],
  uuid: ['uuid', '', ''],
  timestamptz: ['timestamp', `{ withTimezone: true, mode: 'date' }`, ''],
  date: ['date', `{ mode: 'string' }`, ''],
  text: ['text', '', ''],
  'text[]': ['text', '', '.array()'],
  'bigint[]': ['bigint', `{ mode: 'bigint' }`, '.array()'],
  jsonb: ['jsonb', '', ''],
  json: ['json', '', ''],
}

const BUILDERS = `bigint boolean check date doublePrecision foreignKey index json jsonb numeric pgSchema primaryKey text
  timestamp uuid`.split(/\s+/)

/** What a constant of the emitted module must not be called: its imports and parameters, and words of the language. */
const TAKEN_CONSTANTS = [
  ...BUILDERS,
  ...`relations sql table one many PgTableExtraConfigValue arguments await break case catch class const continue
  debugger default delete do else enum eval export extends false finally for function if implements import in instanceof
  interface let new null package private protected public return static super switch this throw true try typeof
  undefined var void while with yield`.split(/\s+/),
]

/** What a column must not be called: Drizzle's own members of a table, and those of every object. */
const TAKEN_MEMBERS = `getSQL shouldOmitSQLParens enableRLS constructor toString valueOf hasOwnProperty isPrototypeOf
  propertyIsEnumerable toLocaleString`.split(/\s+/)

interface Names {
  schema: string
  tables: Map<string, string>
  relations: Map<string, string>
  /** Columns by name, ends of relations by direction and constraint. */
  members: Map<string, Map<string, string>>
}

/**
 * The plan as a Drizzle schema with relations: every table, key, index, check, child table and enabled reference, under the
 * names they have in PostgreSQL. 64-bit integers are bigint and decimals are text, so that none is rounded; instants are
 * Date up to milliseconds and text beyond.
 */
export function emitDrizzle(plan: Plan): string {
  const entities = entitiesOf(plan)
  const names = namesOf(plan, entities)
  const body = [
    `export const ${names.schema} = pgSchema(${stringLiteral(plan.schema)})`,
    ...entities.map((entity) => table(entity, names)),
    ...entities.flatMap((entity) => relationsOf(entity, names)),
  ].join('\n\n')
  return `${imports(body)}\n\n${body}\n`
}

/** Only what is used, so that the strictest compiler settings accept it. */
function imports(body: string): string {
  const used = (name: string): boolean => new RegExp(`(^|[ (\\[])${name}(\\(|\\.raw\\()`, 'm').test(body)
  const core = [...BUILDERS.filter(used), ...(body.includes('PgTableExtra') ? ['type PgTableExtraConfigValue'] : [])]
  const base = ['relations', 'sql'].filter(used)
  return [
    '// Written by outgrow from the plan.',
    ...(base.length === 0 ? [] : [`import { ${base.join(', ')} } from 'drizzle-orm'`]),
    `import { ${core.join(', ')} } from 'drizzle-orm/pg-core'`,
  ].join('\n')
}

function namesOf(plan: Plan, entities: readonly Entity[]): Names {
  const taken = new Set(TAKEN_CONSTANTS)
  const schema = memberName(`${plan.schema}_schema`, taken, 'unicode')
  const tables = new Map(entities.map((entity) => [entity.table, memberName(entity.table, taken, 'unicode')]))
  const members = new Map(
    entities.map((entity) => {
      const own = new Set(TAKEN_MEMBERS)
      const named = (id: string, label: string): [string, string] => [id, memberName(label, own, 'unicode')]
      return [
        entity.table,
        new Map([
          ...entity.columns.map((column) => named(column.name, column.name)),
          ...entity.outgoing.map((relation) => named(outgoingId(relation), relation.label)),
          ...entity.incoming.map((relation) => named(incomingId(relation), relation.backLabel)),
        ]),
      ]
    }),
  )
  const related = entities.filter(hasRelations).map(({ table }) => table)
  const relations = new Map(related.map((name) => [name, memberName(`${name}_relations`, taken, 'unicode')]))
  return { schema, tables, relations, members }
}

function table(entity: Entity, names: Names): string {
  const own = (id: string): string => names.members.get(entity.table)?.get(id) ?? id
  const columns = entity.columns.flatMap((column) => [
    ...(column.origin === undefined ? [] : [`    // ${column.origin}`]),
    `    ${own(column.name)}: ${builder(column)},`,
  ])
  const extras = extrasOf(entity, names, own).map((extra) => `    ${extra},`)
  return [
    ...(entity.origin === undefined ? [] : [`// ${entity.origin}`]),
    `export const ${names.tables.get(entity.table)} = ${names.schema}.table(`,
    `  ${stringLiteral(entity.table)},`,
    '  {',
    ...columns,
    '  },',
    // The annotation lets tables refer to each other in a circle.
    '  (table): PgTableExtraConfigValue[] => [',
    ...extras,
    '  ],',
    ')',
  ].join('\n')
}

function extrasOf(entity: Entity, names: Names, own: (id: string) => string): string[] {
  const key = entity.key.map((name) => `table.${own(name)}`).join(', ')
  return [
    `primaryKey({ name: ${stringLiteral(entity.keyName)}, columns: [${key}] })`,
    ...entity.outgoing.map((relation) => foreignKey(relation, names, own)),
    ...entity.checks.map(
      ({ name, column, values }) =>
        `check(${stringLiteral(name)}, sql.raw(${stringLiteral(enumCondition(column, values))}))`,
    ),
    ...entity.indexes.map(
      ({ name, method, column }) => `index(${stringLiteral(name)}).using('${method}', table.${own(column)})`,
    ),
  ]
}

function foreignKey(relation: Relation, names: Names, own: (id: string) => string): string {
  const columns = relation.columns.map((name) => `table.${own(name)}`).join(', ')
  const target = targetColumns(relation, names)
  const options = `{ name: ${stringLiteral(relation.name)}, columns: [${columns}], foreignColumns: [${target}] }`
  return `foreignKey(${options})${relation.cascade ? `.onDelete('cascade')` : ''}`
}

function targetColumns(relation: Relation, names: Names): string {
  const table = names.tables.get(relation.to)
  return relation.toColumns.map((name) => `${table}.${names.members.get(relation.to)?.get(name)}`).join(', ')
}

function builder(column: EntityColumn): string {
  const [call, options, after] = TYPES[column.type]
  const finer = column.type === 'timestamptz' && typeof column.format === 'number' && column.format > 3
  const values = column.values === undefined ? options : `{ enum: [${column.values.map(stringLiteral).join(', ')}] }`
  const given = finer ? options.replace(`'date'`, `'string'`) : values
  const identity =
    column.sequence === undefined ? '' : `.generatedByDefaultAsIdentity({ name: ${stringLiteral(column.sequence)} })`
  const required = column.required && column.sequence === undefined ? '.notNull()' : ''
  return `${call}(${stringLiteral(column.name)}${given === '' ? '' : `, ${given}`})${after}${identity}${required}`
}

function hasRelations(entity: Entity): boolean {
  return entity.outgoing.length + entity.incoming.length > 0
}

function relationsOf(entity: Entity, names: Names): string[] {
  if (!hasRelations(entity)) return []
  const own = (id: string): string => names.members.get(entity.table)?.get(id) ?? id
  const table = names.tables.get(entity.table)
  const ends = [...(entity.outgoing.length > 0 ? ['one'] : []), ...(entity.incoming.length > 0 ? ['many'] : [])]
  const one = entity.outgoing.map((relation) => {
    const fields = relation.columns.map((name) => `${table}.${own(name)}`).join(', ')
    const rest = `fields: [${fields}], references: [${targetColumns(relation, names)}]`
    const options = `{ relationName: ${stringLiteral(relation.name)}, ${rest} }`
    return `  ${own(outgoingId(relation))}: one(${names.tables.get(relation.to)}, ${options}),`
  })
  const many = entity.incoming.map((relation) => {
    const options = `{ relationName: ${stringLiteral(relation.name)} }`
    return `  ${own(incomingId(relation))}: many(${names.tables.get(relation.table)}, ${options}),`
  })
  const head = `export const ${names.relations.get(entity.table)} = relations(${table}, ({ ${ends.join(', ')} }) => ({`
  return [[head, ...one, ...many, '}))'].join('\n')]
}
