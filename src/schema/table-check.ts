import { childKey } from './key.ts'
import { nameProblem } from './names.ts'
import { enumValues } from './objects.ts'
import { type Column, POSITION, type Proposal } from './plan.ts'
import { pointerProblems } from './pointer-check.ts'
import { type PlanProblem, repeated } from './problem.ts'
import type { PlacedTable } from './tables.ts'

/** PostgreSQL's limit on columns of one table. */
export const MAX_COLUMNS = 1600

/** What is wrong with one table: its names, its key, its columns, its pointers and its proposals. */
export function tableProblems(placed: PlacedTable): PlanProblem[] {
  const { table, place } = placed
  const at = (rest: string, message: string, next: string): PlanProblem => ({ place: `${place}${rest}`, message, next })
  const problem = nameProblem(table.name, 'table')
  const columns = table.columns.length + (placed.parent === undefined ? 2 : table.key.length + 1)
  return [
    ...(problem === undefined ? [] : [at('/name', `table ${quoted(table.name)} ${problem}`, 'Rename the table.')]),
    ...(columns <= MAX_COLUMNS
      ? []
      : [at('/columns', `${columns} columns, PostgreSQL takes ${MAX_COLUMNS}`, 'Make one jsonb column of a group.')]),
    ...table.columns.flatMap((column, n) => columnProblems(column).map((text) => at(`/columns/${n}`, ...text))),
    ...repeated(table.columns.map((column) => column.name)).map((n) =>
      at(`/columns/${n}/name`, `column ${quoted(table.columns[n]?.name)} is there twice`, 'Rename one of them.'),
    ),
    ...keyProblems(placed).map((text) => at('/key', ...text)),
    ...(table.ordered === undefined || (placed.parent === undefined && !table.key.includes(POSITION))
      ? []
      : [at('/ordered', 'rows of this table are identified by their order', 'Remove "ordered".')]),
    ...pointerProblems(placed),
    ...table.proposals.flatMap((one, n) => proposalProblems(one, placed).map((text) => at(`/proposals/${n}`, ...text))),
  ]
}

type Text = [message: string, next: string]

function columnProblems(column: Column): Text[] {
  const problem = nameProblem(column.name, 'column')
  const timed = column.type === 'timestamptz'
  return [
    ...(problem === undefined ? [] : [[`column ${quoted(column.name)} ${problem}`, 'Rename the column.'] as Text]),
    ...(timed === (column.format !== undefined)
      ? []
      : [[`format goes with timestamptz and only with it; type is ${column.type}`, 'Correct type or format.'] as Text]),
  ]
}

function keyProblems({ table, parent }: PlacedTable): Text[] {
  if (parent !== undefined) {
    const expected = childKey(parent.table.key)
    if (expected.join('\n') === table.key.join('\n')) return []
    return [['the key of a child table follows from its parent', `Set it to ${JSON.stringify(expected)}.`]]
  }
  if (table.key.length === 1 && table.key[0] === POSITION) return []
  if (repeated(table.key).length > 0) return [['a column is in the key twice', 'Remove one of them.']]
  return table.key.flatMap((name): Text[] => {
    const column = table.columns.find((one) => one.name === name)
    if (column === undefined)
      return [[`key column ${quoted(name)} is not a column`, `Name a column or ["${POSITION}"].`]]
    if (!column.type.endsWith('[]') && column.type !== 'jsonb') return []
    return [[`key column ${quoted(name)} is ${column.type}`, 'Choose a column that holds one plain value.']]
  })
}

function proposalProblems(proposal: Proposal, { table }: PlacedTable): Text[] {
  const column = table.columns.find((one) => one.name === proposal.column)
  if (column === undefined) return [[`there is no column ${quoted(proposal.column)}`, 'Remove the proposal.']]
  if (!proposal.enabled || proposal.kind === 'not-null') return []
  if (proposal.kind !== 'enum') return epochProblems(proposal, column, table.proposals)
  if (column.type !== 'text') return [[`an enum needs a text column, this is ${column.type}`, 'Set enabled to false.']]
  if (enumValues(proposal.evidence).length > 0) return []
  return [['an enum needs its values as texts in evidence.values', 'List them, or set enabled to false.']]
}

/** Enabled epochs are applied already: the column is a bigint that became a timestamptz of this very format. */
function epochProblems(proposal: Proposal, column: Column, all: readonly Proposal[]): Text[] {
  const rivals = all.filter((one) => one.enabled && one.kind.startsWith('epoch') && one.column === proposal.column)
  if (rivals.length > 1) return [['two epochs are enabled for one column', 'Set enabled to false on one of them.']]
  if (column.type === 'timestamptz' && column.format === proposal.kind) return []
  return [[`an epoch needs a bigint column, this is ${column.type}`, 'Set enabled to false.']]
}

function quoted(name: string | undefined): string {
  return JSON.stringify(name ?? '')
}
