import type { ReferenceIndex } from '../objects.ts'
import type { Plan } from '../plan.ts'
import { type Entity, type EntityColumn, entitiesOf, incomingId, outgoingId, type Relation } from './entity.ts'
import { memberName, typeName } from './member.ts'

const TYPES: Record<EntityColumn['type'], [type: string, native: string]> = {
  boolean: ['Boolean', ''],
  bigint: ['BigInt', ''],
  'double precision': ['Float', ''],
  // Without arguments: numeric of any precision, where Prisma would else assume (65, 30).
  numeric: ['Decimal', '@db.Decimal'],
  uuid: ['String', '@db.Uuid'],
  timestamptz: ['DateTime', '@db.Timestamptz(6)'],
  date: ['DateTime', '@db.Date'],
  text: ['String', ''],
  'text[]': ['String[]', ''],
  'bigint[]': ['BigInt[]', ''],
  jsonb: ['Json', ''],
  json: ['Json', '@db.Json'],
}

/** Names that a model must not have: Prisma's scalars and client, and globals that generated clients use. */
const TAKEN_MODELS = `String Boolean Int BigInt Float Decimal DateTime Json Bytes Unsupported Prisma PrismaClient Model
  Object Array Date Promise Record Buffer Symbol Error Function Number Map Set`.split(/\s+/)

/** Names of the models and of their fields, one for each column and one for each end of a relation. */
interface Names {
  models: Map<string, string>
  fields: Map<string, Map<string, string>>
}

/**
 * The plan as a Prisma schema (Prisma 7 and later: the URL is in prisma.config.ts), models in the PostgreSQL schema of the
 * store. Every table, key, index, child table and enabled reference is there; checks of enums are not, Prisma has none.
 */
export function emitPrisma(plan: Plan): string {
  const entities = entitiesOf(plan)
  const names = namesOf(entities)
  const head = [
    `// Written by outgrow from the plan of store ${JSON.stringify(plan.store)}.`,
    'generator client {',
    '  provider = "prisma-client"',
    '  output   = "./generated"',
    '}',
    '',
    'datasource db {',
    '  provider = "postgresql"',
    `  schemas  = [${JSON.stringify(plan.schema)}]`,
    '}',
  ]
  return `${[head.join('\n'), ...entities.map((entity) => model(plan, entity, names))].join('\n\n')}\n`
}

function namesOf(entities: readonly Entity[]): Names {
  const taken = new Set(TAKEN_MODELS)
  const models = new Map(entities.map((entity) => [entity.table, typeName(entity.table, taken, 'ascii')]))
  return { models, fields: new Map(entities.map((entity) => [entity.table, fieldsOf(entity)])) }
}

function fieldsOf(entity: Entity): Map<string, string> {
  const taken = new Set<string>()
  const named = (id: string, label: string): [string, string] => [id, memberName(label, taken, 'ascii')]
  return new Map([
    ...entity.columns.map((column) => named(column.name, column.name)),
    ...entity.outgoing.map((relation) => named(outgoingId(relation), relation.label)),
    ...entity.incoming.map((relation) => named(incomingId(relation), relation.backLabel)),
  ])
}

function model(plan: Plan, entity: Entity, names: Names): string {
  const field = (id: string): string => names.fields.get(entity.table)?.get(id) ?? id
  const lines = [
    ...entity.columns.flatMap((column) => columnLines(entity, column, field(column.name))),
    ...entity.outgoing.map((relation) => `${field(outgoingId(relation))} ${relationType(relation, names)}`),
    ...entity.incoming.map((relation) => {
      const type = names.models.get(relation.table) ?? relation.table
      return `${field(incomingId(relation))} ${type}[] @relation(${JSON.stringify(relation.name)})`
    }),
    '',
    ...(entity.key.length > 1 ? [`@@id([${entity.key.map(field).join(', ')}]${keyMap(entity, ', ')})`] : []),
    ...entity.indexes.map((index) => indexLine(entity, index, field(index.column))),
    `@@map(${JSON.stringify(entity.table)})`,
    `@@schema(${JSON.stringify(plan.schema)})`,
  ]
  const head = entity.origin === undefined ? [] : [`/// ${entity.origin}`]
  const name = names.models.get(entity.table) ?? entity.table
  return [...head, `model ${name} {`, ...lines.map((line) => (line === '' ? '' : `  ${line}`)), '}'].join('\n')
}

function columnLines(entity: Entity, column: EntityColumn, field: string): string[] {
  const [type, native] = TYPES[column.type]
  const id = entity.key.length === 1 && entity.key[0] === column.name
  const map = keyMap(entity, '')
  const line = [
    field,
    column.required || type.endsWith('[]') ? type : `${type}?`,
    id ? `@id${map === '' ? '' : `(${map})`}` : '',
    column.sequence === undefined ? '' : '@default(autoincrement())',
    field === column.name ? '' : `@map(${JSON.stringify(column.name)})`,
    native,
  ]
  const comment = column.origin === undefined ? [] : [`/// ${column.origin}`]
  return [...comment, line.filter((part) => part !== '').join(' ')]
}

function relationType(relation: Relation, names: Names): string {
  const fields = (table: string, columns: readonly string[]): string =>
    columns.map((name) => names.fields.get(table)?.get(name) ?? name).join(', ')
  const parts = [
    JSON.stringify(relation.name),
    `fields: [${fields(relation.table, relation.columns)}]`,
    `references: [${fields(relation.to, relation.toColumns)}]`,
    `onDelete: ${relation.cascade ? 'Cascade' : 'NoAction'}`,
    'onUpdate: NoAction',
    `map: ${JSON.stringify(relation.name)}`,
  ]
  const type = names.models.get(relation.to) ?? relation.to
  return `${type}${relation.required ? '' : '?'} @relation(${parts.join(', ')})`
}

function indexLine(entity: Entity, index: ReferenceIndex, field: string): string {
  const type = index.method === 'gin' ? ', type: Gin' : ''
  const usual = index.name === `${entity.table}_${index.column}_idx`
  return `@@index([${field}]${type}${usual ? '' : `, map: ${JSON.stringify(index.name)}`})`
}

/** The name of the primary key, where it is not the one that Prisma would expect. */
function keyMap(entity: Entity, before: string): string {
  return entity.keyName === `${entity.table}_pkey` ? '' : `${before}map: ${JSON.stringify(entity.keyName)}`
}
