import { OutgrowError } from '../../errors.ts'
import type { Column } from '../../schema/plan.ts'
import type { PlacedTable } from '../../schema/tables.ts'

/** The collection's own table, for a table inside it. */
export function rootOf(placed: PlacedTable): PlacedTable {
  return placed.parent === undefined ? placed : rootOf(placed.parent)
}

/**
 * The column that holds the key of a collection's records; undefined when they have none but their place. Throws
 * `plan-invalid` for a key of several columns, which no single value spells.
 */
export function keyColumnOf({ table, collection }: PlacedTable): Column | undefined {
  if (table.key.length === 1) return table.columns.find((column) => column.name === table.key[0])
  throw new OutgrowError('plan-invalid', `The key of collection "${collection}" is not one column.`, {
    place: collection,
    next: 'Name one column as its key: a store with this one cannot be moved under live traffic.',
  })
}

/** PostgreSQL's `to_char` pattern of an instant whose JSON text has so many digits of a second's fraction. */
export function instantPattern(digits: number): string {
  return `YYYY-MM-DD"T"HH24:MI:SS${digits === 0 ? '' : `.FF${digits}`}"Z"`
}
