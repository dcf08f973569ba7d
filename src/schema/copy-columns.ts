import { qualified, quoteIdent } from '../postgres/ident.ts'
import { ASIDE, POSITION } from './plan.ts'
import type { PlacedTable } from './tables.ts'

/** The columns of a table in the order in which COPY moves them, and where the parts stand. */
export interface CopyColumns {
  names: string[]
  /** Field of the first planned column: what stands before is the parent's key and the ordinal. */
  first: number
  /** Field of `_position`; -1 in a child table. */
  position: number
  aside: number
}

/** A child's key, then the planned columns, then `_position` (only a collection's own table has it), then `_aside`. */
export function copyColumns(placed: PlacedTable): CopyColumns {
  const key = placed.parent === undefined ? [] : placed.key.map((column) => column.name)
  const planned = placed.table.columns.map((column) => column.name)
  const position = placed.parent === undefined ? [POSITION] : []
  const names = [...key, ...planned, ...position, ASIDE]
  return {
    names,
    first: key.length,
    position: placed.parent === undefined ? names.length - 2 : -1,
    aside: names.length - 1,
  }
}

/** `copy … from stdin` for a table that this transaction has created or truncated. */
export function copyInSql(schema: string, placed: PlacedTable): string {
  const columns = copyColumns(placed).names.map(quoteIdent).join(', ')
  return `copy ${qualified(schema, placed.table.name)} (${columns}) from stdin with (freeze true)`
}

/** `copy … to stdout` as the rows lie in the heap: right after the load in one transaction that is their position. */
export function copyOutHeapSql(schema: string, placed: PlacedTable): string {
  const columns = copyColumns(placed).names.map(quoteIdent).join(', ')
  return `copy ${qualified(schema, placed.table.name)} (${columns}) to stdout`
}

/** `copy … to stdout` in the order of the document: by position, or by the parent's position and the ordinals. */
export function copyOutSql(schema: string, placed: PlacedTable): string {
  const columns = copyColumns(placed)
    .names.map((name) => `t.${quoteIdent(name)}`)
    .join(', ')
  const table = qualified(schema, placed.table.name)
  if (placed.parent === undefined) return `copy (select ${columns} from ${table} t order by t.${POSITION}) to stdout`
  const root = rootOf(placed)
  const inherited = placed.key.slice(0, root.key.length)
  const on = root.key.map((column, i) => `r.${quoteIdent(column.name)} = t.${quoteIdent(inherited[i]?.name ?? '')}`)
  const ordinals = placed.key.slice(root.key.length).map((column) => `t.${quoteIdent(column.name)}`)
  const order = [`r.${POSITION}`, ...ordinals].join(', ')
  return `copy (select ${columns} from ${table} t join ${qualified(schema, root.table.name)} r on ${on.join(' and ')} order by ${order}) to stdout`
}

function rootOf(placed: PlacedTable): PlacedTable {
  return placed.parent === undefined ? placed : rootOf(placed.parent)
}
