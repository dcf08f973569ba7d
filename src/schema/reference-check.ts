import type { ColumnType, Reference } from './plan.ts'
import { formatPointer } from './pointer.ts'
import type { PlanProblem } from './problem.ts'
import type { PlacedTable } from './tables.ts'

/** What is wrong with the references: tables and columns that are not there, foreign keys that could not be created. */
export function referenceProblems(references: readonly Reference[], tables: readonly PlacedTable[]): PlanProblem[] {
  const byName = new Map(tables.map((placed) => [placed.table.name, placed]))
  return references.flatMap((reference, at) => {
    const problem = referenceProblem(reference, byName)
    if (problem === undefined) return []
    const [member, message, next] = problem
    return [{ place: formatPointer(['references', at, member]), message, next }]
  })
}

type Problem = [member: keyof Reference, message: string, next: string]

function referenceProblem(reference: Reference, tables: ReadonlyMap<string, PlacedTable>): Problem | undefined {
  const { table, column, to_table, to_column } = reference
  const from = tables.get(table)
  const to = tables.get(to_table)
  const none = (name: string): string => `there is no ${JSON.stringify(name)} in the plan`
  if (from === undefined) return ['table', none(table), 'Name a table of the plan, or remove the reference.']
  if (to === undefined) return ['to_table', none(to_table), 'Name a table of the plan, or remove the reference.']
  const type = typeOf(from, column)
  const target = typeOf(to, to_column)
  if (type === undefined) return ['column', none(column), 'Name a column of the table, or remove the reference.']
  if (target === undefined)
    return ['to_column', none(to_column), 'Name a column of that table, or remove the reference.']
  return reference.enabled ? foreignKeyProblem(reference, to, type, target) : undefined
}

function foreignKeyProblem(
  reference: Reference,
  to: PlacedTable,
  type: ColumnType,
  target: ColumnType,
): Problem | undefined {
  const next = 'Set enabled to false: the column keeps its index.'
  const { evidence } = reference
  if (reference.cardinality !== 'one') return ['enabled', 'a list of keys cannot be a foreign key', next]
  if (reference.match !== 'exact') return ['enabled', 'a foreign key needs the same JSON type on both sides', next]
  if (type !== target) return ['enabled', `a foreign key from ${type} to ${target} is impossible`, next]
  if (evidence.orphans.length > 0 || evidence.contained < evidence.values)
    return ['enabled', `${evidence.values - evidence.contained} values point to no record`, next]
  if (to.table.key.length !== 1 || to.table.key[0] !== reference.to_column)
    return ['enabled', `${JSON.stringify(reference.to_column)} is not the primary key of its table`, next]
  return undefined
}

function typeOf(placed: PlacedTable, name: string): ColumnType | undefined {
  return [...placed.table.columns, ...placed.key].find((column) => column.name === name)?.type
}
