import { fitName, uniqueName } from './names.ts'
import { type Plan, type Reference, VALUES_TABLE } from './plan.ts'
import { type PlacedTable, tablesOf } from './tables.ts'

/** Names of what belongs to one table; given explicitly so that a step down can name what a step up made. */
export interface ObjectNames {
  primaryKey: string
  /** The identity sequence behind `_position`; a child table has none. */
  sequence: string | undefined
  /** The foreign key of a child table to its parent. */
  parentKey: string | undefined
  indexes: ReferenceIndex[]
  foreignKeys: { name: string; reference: Reference }[]
  checks: { name: string; column: string; values: string[] }[]
}

export interface ReferenceIndex {
  name: string
  column: string
  method: 'btree' | 'gin'
}

/**
 * Names of every key, index, constraint and sequence of the plan, by table name. They are unlike each other and unlike every
 * table, because PostgreSQL keeps tables, indexes and sequences in one name space. Depends on the plan alone.
 */
export function objectNames(plan: Plan): Map<string, ObjectNames> {
  const tables = tablesOf(plan)
  const taken = new Set([VALUES_TABLE, `${VALUES_TABLE}_pkey`, ...tables.map((placed) => placed.table.name)])
  return new Map(tables.map((placed) => [placed.table.name, namesOf(placed, plan.references, taken)]))
}

function namesOf(placed: PlacedTable, references: readonly Reference[], taken: Set<string>): ObjectNames {
  const { table } = placed
  const named = (...parts: string[]): string => uniqueName(fitName([table.name, ...parts].join('_')), taken)
  const own = references.filter((reference) => reference.table === table.name)
  return {
    primaryKey: named('pkey'),
    sequence: placed.parent === undefined ? named('position_seq') : undefined,
    parentKey: placed.parent === undefined ? undefined : named('parent_fkey'),
    indexes: indexedColumns(placed, own).map((index) => ({ ...index, name: named(index.column, 'idx') })),
    foreignKeys: own
      .filter((reference) => reference.enabled)
      .map((reference) => ({ reference, name: named(reference.column, 'fkey') })),
    checks: enumsOf(placed).map((check) => ({ ...check, name: named(check.column, 'check') })),
  }
}

/** One index per reference column; a column that is the whole primary key has one already. */
function indexedColumns(placed: PlacedTable, references: readonly Reference[]): Omit<ReferenceIndex, 'name'>[] {
  const { key, columns } = placed.table
  const many = new Set(references.filter((one) => one.cardinality === 'many').map((one) => one.column))
  return [...new Set(references.map((one) => one.column))]
    .filter((column) => !(key.length === 1 && key[0] === column))
    .map((column) => {
      const type = columns.find((one) => one.name === column)?.type ?? 'text'
      return { column, method: many.has(column) && /\[\]$|^jsonb$/.test(type) ? 'gin' : 'btree' }
    })
}

function enumsOf(placed: PlacedTable): { column: string; values: string[] }[] {
  return placed.table.proposals
    .filter((proposal) => proposal.kind === 'enum' && proposal.enabled)
    .map((proposal) => ({ column: proposal.column, values: enumValues(proposal.evidence) }))
}

/** The values of an enum proposal that a text column can hold; what it cannot hold lives in the aside. */
export function enumValues(evidence: Record<string, unknown>): string[] {
  const { values } = evidence
  if (!Array.isArray(values)) return []
  const fits = (value: unknown): value is string =>
    typeof value === 'string' && value.isWellFormed() && !value.includes('\u0000')
  return values.filter(fits)
}
