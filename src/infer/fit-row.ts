import { type Column, type Note, POSITION, type Table } from '../schema/plan.ts'
import { formatPointer } from '../schema/pointer.ts'
import type { ObjectProfile } from './object-profile.ts'
import type { ValueProfile } from './profile.ts'

/** What PostgreSQL lets a row take inside its page, less room for the header and for columns of our own. */
const WIDEST_ROW = 7_800
const MOST_COLUMNS = 1_590

/** Columns that a row has no room for are left to the aside, the rarest first, and the plan says so. */
export function fitRow(table: Table, owner: ObjectProfile, place: string, notes: Note[]): void {
  const inherited = table.key[0] === POSITION ? 0 : table.key.length
  const most = MOST_COLUMNS - inherited
  const widest = WIDEST_ROW - inherited * LONGEST_INLINE
  const fields = new Map(owner.fields.map((field) => [formatPointer([field.name]), field]))
  const slots = table.columns.map((column, i) => ({
    column,
    size: sizeInRow(column, fields.get(column.pointer)?.value),
    seen: column.pointer === '#' ? Number.POSITIVE_INFINITY : (fields.get(column.pointer)?.seen ?? owner.count),
    i,
    kept: true,
  }))
  const rarest = [...slots].sort((a, b) => a.seen - b.seen || b.i - a.i)
  let dropped = 0
  while (slots.length - dropped > most || widthOf(slots) > widest)
    (rarest[dropped++] as (typeof slots)[number]).kept = false
  if (dropped === 0) return
  table.columns = slots.filter((slot) => slot.kept).map((slot) => slot.column)
  const message = `Records have more members than a row has room for: ${dropped} of them are kept in _aside.`
  notes.push({ id: 'wide-table', pointer: place, message })
}

interface Size {
  bytes: number
  /** The value begins at a multiple of this. */
  align: 1 | 4 | 8
}

/** Bytes that a value of variable length takes in a row at most, once PostgreSQL has moved the long ones out of it. */
const LONGEST_INLINE = 24

function sizeInRow(column: Column, value: ValueProfile | undefined): Size {
  if (column.type === 'boolean') return { bytes: 1, align: 1 }
  if (column.type === 'date') return { bytes: 4, align: 4 }
  if (['bigint', 'double precision', 'timestamptz'].includes(column.type)) return { bytes: 8, align: 8 }
  if (column.type === 'uuid') return { bytes: 16, align: 1 }
  const longest = column.type === 'text' && value ? value.longestText + 1 : LONGEST_INLINE
  return { bytes: Math.min(longest, LONGEST_INLINE), align: 1 }
}

/**
 * Bytes of a row with every value there and as long as it gets. One that is NULL or shorter lets what follows begin earlier,
 * so no row of the table is wider.
 */
function widthOf(slots: readonly { size: Size; kept: boolean }[]): number {
  let width = 0
  for (const { size, kept } of slots) if (kept) width = Math.ceil(width / size.align) * size.align + size.bytes
  return width
}
