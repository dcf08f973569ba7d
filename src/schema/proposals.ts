import type { Column, Plan, Proposal, Table } from './plan.ts'

/**
 * The plan with its enabled epoch proposals carried out: the column becomes `timestamptz` and its format says what the
 * integer counted. Only a `bigint` column changes; what else is enabled is for planProblems to refuse. Enums and not-null change no column: they are constraints of the migrations. Doing it twice changes
 * nothing more; the plan given is left as it is.
 */
export function applyProposals(plan: Plan): Plan {
  const collections = plan.collections.map((collection) =>
    collection.kind === 'values' ? collection : { ...collection, table: applied(collection.table) },
  )
  return { ...plan, collections }
}

function applied(table: Table): Table {
  const epochs = new Map(table.proposals.filter((proposal) => proposal.enabled).flatMap(epochOf))
  return {
    ...table,
    columns: table.columns.map((column): Column => {
      const format = epochs.get(column.name)
      return format === undefined || column.type !== 'bigint' ? column : { ...column, type: 'timestamptz', format }
    }),
    children: table.children.map((child) => ({ ...child, table: applied(child.table) })),
  }
}

function epochOf({ kind, column }: Proposal): [string, 'epoch-ms' | 'epoch-s'][] {
  return kind === 'epoch-ms' || kind === 'epoch-s' ? [[column, kind]] : []
}
