import { type KeyColumn, keyColumns } from './key.ts'
import type { Plan, Table } from './plan.ts'
import { formatPointer } from './pointer.ts'

/** One table of a plan with what it is nested in. */
export interface PlacedTable {
  table: Table
  /** The table that holds the list this one came from; undefined for a collection's own table. */
  parent: PlacedTable | undefined
  /** Name of the collection it belongs to. */
  collection: string
  kind: 'list' | 'keyed' | 'singleton'
  /** JSON pointer of the list within a record of the parent; undefined for a collection's own table. */
  pointer: string | undefined
  /** JSON pointer of the table inside the plan. */
  place: string
  key: KeyColumn[]
}

/** Every table of the plan, parents before their children, in the order of the plan. */
export function tablesOf(plan: Plan): PlacedTable[] {
  return plan.collections.flatMap((collection, at) => {
    if (collection.kind === 'values') return []
    const { table, name, kind } = collection
    const place = formatPointer(['collections', at, 'table'])
    return withChildren({
      table,
      parent: undefined,
      collection: name,
      kind,
      pointer: undefined,
      place,
      key: keyColumns(table),
    })
  })
}

/** True when a collection of the plan is kept as a row of `store_values`. */
export function hasValues(plan: Plan): boolean {
  return plan.collections.some((collection) => collection.kind === 'values')
}

/** The tables that `placed` is nested in, outermost first. */
export function ancestorsOf(placed: PlacedTable): Table[] {
  return placed.parent === undefined ? [] : [...ancestorsOf(placed.parent), placed.parent.table]
}

function withChildren(placed: PlacedTable): PlacedTable[] {
  const ancestors = [...ancestorsOf(placed), placed.table]
  const children = placed.table.children.flatMap((child, at) =>
    withChildren({
      ...placed,
      table: child.table,
      parent: placed,
      pointer: child.pointer,
      place: `${placed.place}${formatPointer(['children', at, 'table'])}`,
      key: keyColumns(child.table, ancestors),
    }),
  )
  return [placed, ...children]
}
