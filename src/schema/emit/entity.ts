import { columnOrigin, tableOrigin } from '../comment.ts'
import { type ObjectNames, objectNames, type ReferenceIndex } from '../objects.ts'
import { ASIDE, type Column, type ColumnType, ORDINAL, type Plan, POSITION, VALUES_TABLE } from '../plan.ts'
import { formatPointer } from '../pointer.ts'
import { applyProposals } from '../proposals.ts'
import { hasValues, type PlacedTable, tablesOf } from '../tables.ts'

/** A column as a client of the database sees it, whatever the language. */
export interface EntityColumn {
  name: string
  type: ColumnType | 'json'
  format?: Column['format']
  required: boolean
  /** Name of the identity sequence that fills it when an insert leaves it out. */
  sequence?: string
  /** The values of an enabled enum. */
  values?: string[]
  /** Where it comes from, where its name does not say so. */
  origin?: string
}

/** A foreign key, seen from the table that holds it. */
export interface Relation {
  /** Name of the constraint: unlike every other in the plan. */
  name: string
  table: string
  columns: string[]
  to: string
  toColumns: string[]
  /** Deleting the target deletes the rows: true from child to parent. */
  cascade: boolean
  required: boolean
  /** Names of the two ends in snake case, for members that stand for the relation. */
  label: string
  backLabel: string
}

/** Where an emitter files the member for a relation, beside those of columns: no column has a newline in its name. */
export const outgoingId = (relation: Relation): string => `\n>${relation.name}`
export const incomingId = (relation: Relation): string => `\n<${relation.name}`

export interface Entity {
  table: string
  origin?: string
  columns: EntityColumn[]
  key: string[]
  keyName: string
  indexes: ReferenceIndex[]
  checks: ObjectNames['checks']
  outgoing: Relation[]
  incoming: Relation[]
}

/**
 * The tables of a plan for the emitters, enabled proposals applied: as they are after the contract migration, with `_aside`
 * and `_position` still there, since whether they go is decided by the data.
 */
export function entitiesOf(given: Plan): Entity[] {
  const plan = applyProposals(given)
  const names = objectNames(plan)
  const entities = tablesOf(plan).flatMap((placed) => {
    const own = names.get(placed.table.name)
    return own === undefined ? [] : [entityOf(placed, own)]
  })
  const relations = entities.flatMap((entity) => entity.outgoing)
  for (const entity of entities) entity.incoming = relations.filter((relation) => relation.to === entity.table)
  return hasValues(plan) ? [...entities, valuesEntity()] : entities
}

function entityOf(placed: PlacedTable, own: ObjectNames): Entity {
  const { table } = placed
  const origin = tableOrigin(placed)
  const columns = columnsOf(placed, own)
  return {
    table: table.name,
    ...(origin === undefined ? {} : { origin }),
    columns,
    key: table.key,
    keyName: own.primaryKey,
    indexes: own.indexes,
    checks: own.checks,
    outgoing: [...parentRelation(placed, own), ...referenceRelations(own, columns)],
    incoming: [],
  }
}

function columnsOf(placed: PlacedTable, own: ObjectNames): EntityColumn[] {
  const { key, proposals, columns } = placed.table
  const notNull = proposals.filter((one) => one.kind === 'not-null' && one.enabled).map((one) => one.column)
  const required = new Set([...key, ...notNull])
  const inherited = placed.parent === undefined ? [] : placed.key
  const { sequence } = own
  return [
    ...inherited.map((column): EntityColumn => ({ ...column, required: true })),
    ...columns.map((column) => planned(column, required.has(column.name), own)),
    ...(sequence === undefined ? [] : [{ name: POSITION, type: 'bigint', required: true, sequence } as const]),
    { name: ASIDE, type: 'json', required: false },
  ]
}

function planned({ name, type, format, pointer }: Column, required: boolean, own: ObjectNames): EntityColumn {
  const values = own.checks.find((check) => check.column === name)?.values
  return {
    name,
    type,
    required,
    ...(format === undefined ? {} : { format }),
    ...(values === undefined ? {} : { values }),
    ...(pointer === formatPointer([name]) ? {} : { origin: columnOrigin(pointer) }),
  }
}

function parentRelation({ table, parent }: PlacedTable, own: ObjectNames): Relation[] {
  if (parent === undefined || own.parentKey === undefined) return []
  return [
    {
      name: own.parentKey,
      table: table.name,
      columns: table.key.filter((name) => name !== ORDINAL),
      to: parent.table.name,
      toColumns: parent.table.key,
      cascade: true,
      required: true,
      label: parent.table.name,
      backLabel: table.name,
    },
  ]
}

function referenceRelations(own: ObjectNames, columns: readonly EntityColumn[]): Relation[] {
  return own.foreignKeys.map(({ name, reference }) => {
    const subject = reference.column.replace(/_id$/, '')
    return {
      name,
      table: reference.table,
      columns: [reference.column],
      to: reference.to_table,
      toColumns: [reference.to_column],
      cascade: false,
      required: columns.some((column) => column.name === reference.column && column.required),
      label: subject === reference.column ? `${subject}_record` : subject,
      backLabel: `${reference.table}_by_${subject}`,
    }
  })
}

function valuesEntity(): Entity {
  return {
    table: VALUES_TABLE,
    columns: [
      { name: 'name', type: 'text', required: true },
      { name: 'value', type: 'json', required: true },
    ],
    key: ['name'],
    keyName: `${VALUES_TABLE}_pkey`,
    indexes: [],
    checks: [],
    outgoing: [],
    incoming: [],
  }
}
