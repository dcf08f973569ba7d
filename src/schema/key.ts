import { fitName, uniqueName } from './names.ts'
import { type ColumnType, ORDINAL, POSITION, type Table } from './plan.ts'

export interface KeyColumn {
  name: string
  type: ColumnType
}

/**
 * The key that a child of a table with `parentKey` must have: each name behind `_parent`, then `_ordinal`. `id` gives
 * `_parent_id`, `_position` `_parent_position`, `_ordinal` `_parent_ordinal`. A name that would pass 63 bytes is cut and
 * ends in a hash; the answer depends on `parentKey` alone.
 */
export function childKey(parentKey: readonly string[]): string[] {
  const taken = new Set<string>([ORDINAL])
  const inherited = parentKey.map((name) => uniqueName(fitName(parentName(name)), taken))
  return [...inherited, ORDINAL]
}

/**
 * Names and types of the key columns of `table`, in key order. `ancestors` are the tables it is nested in, outermost first
 * (none for a collection's own table). A key name that is no column of the table is left out: checking is the plan's work.
 */
export function keyColumns(table: Table, ancestors: readonly Table[] = []): KeyColumn[] {
  const parent = ancestors.at(-1)
  if (parent === undefined) return ownKey(table)
  const inherited = keyColumns(parent, ancestors.slice(0, -1))
  const types: ColumnType[] = [...inherited.map((column) => column.type), 'bigint']
  return table.key.flatMap((name, at) => {
    const type = types[at]
    return type === undefined ? [] : [{ name, type }]
  })
}

function ownKey(table: Table): KeyColumn[] {
  return table.key.flatMap((name): KeyColumn[] => {
    if (name === POSITION) return [{ name, type: 'bigint' }]
    const column = table.columns.find((one) => one.name === name)
    return column === undefined ? [] : [{ name, type: column.type }]
  })
}

function parentName(name: string): string {
  return name.startsWith('_') ? `_parent${name}` : `_parent_${name}`
}
