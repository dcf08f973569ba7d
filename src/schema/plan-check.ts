import { nameProblem } from './names.ts'
import type { Collection, Plan } from './plan.ts'
import { formatPointer } from './pointer.ts'
import { type PlanProblem, repeated } from './problem.ts'
import { referenceProblems } from './reference-check.ts'
import { tableProblems } from './table-check.ts'
import { tablesOf } from './tables.ts'

/**
 * What is wrong with a plan of the right shape: names PostgreSQL refuses or that clash, keys and references to columns that
 * are not there, pointers that overlap, proposals that do not fit their column. Empty means that the DDL of the plan is
 * accepted by a server and that each member of a record has one place.
 */
export function planProblems(plan: Plan): PlanProblem[] {
  const tables = tablesOf(plan)
  return [
    ...schemaProblems(plan),
    ...documentProblems(plan),
    ...repeated(plan.collections.map((one) => one.name)).map((at) => ({
      place: formatPointer(['collections', at, 'name']),
      message: `collection ${JSON.stringify(plan.collections[at]?.name)} is listed twice`,
      next: 'Remove one of them.',
    })),
    ...repeated(tables.map((placed) => placed.table.name)).map((at) => ({
      place: `${tables[at]?.place}/name`,
      message: `two tables are named ${JSON.stringify(tables[at]?.table.name)}`,
      next: 'Rename one of them.',
    })),
    ...tables.flatMap(tableProblems),
    ...referenceProblems(plan.references, tables),
  ]
}

function schemaProblems(plan: Plan): PlanProblem[] {
  const problem = nameProblem(plan.schema, 'schema')
  if (problem === undefined) return []
  const message = `schema ${JSON.stringify(plan.schema)} ${problem}`
  return [{ place: '/schema', message, next: 'Choose another schema name.' }]
}

/** What the one collection of a document that is itself a collection may be; `values` where it is not of records. */
const KINDS: Record<Exclude<Plan['document'], 'object'>, Collection['kind'][]> = {
  list: ['list', 'values'],
  map: ['keyed', 'values'],
  nedb: ['list'],
}

function documentProblems(plan: Plan): PlanProblem[] {
  if (plan.document === 'object') return []
  const [only, ...others] = plan.collections
  const kinds = KINDS[plan.document]
  if (only && others.length === 0 && kinds.includes(only.kind)) return []
  const message = `a document of kind ${plan.document} is one collection of kind ${kinds.join(' or ')}`
  return [{ place: '/collections', message, next: 'Keep the one collection that outgrow planned.' }]
}
