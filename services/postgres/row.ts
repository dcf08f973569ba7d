import type { Json, JsonRecord } from 'outgrow/store'
import { type Held, KEEPING } from './held.ts'

/** What a record holds beyond its columns: values by JSON pointer, and members that are missing though NULL means null. */
interface Aside {
  set?: Record<string, Json>
  absent?: string[]
}

/** A row as `pg` reads it, and as it is written. */
export type Row = Record<string, unknown>

/** Records as rows of a table, and back: what a column cannot hold goes aside, so that every record comes back as it was. */
export interface RowCodec {
  columns: readonly Held[]
  /** Where a column holds a value, what the aside says of it is out of date. */
  recordOf(row: object): JsonRecord
  /** All columns of the record, and its aside as JSON text; `recordOf` gives the record back. */
  rowOf(record: JsonRecord): Row
}

/** The codec of a table whose columns each hold one member of the record. */
export function rowCodec(columns: readonly Held[]): RowCodec {
  const pointers = new Set(columns.map(({ member }) => pointerOf(member)))
  return {
    columns,
    recordOf: (row) => {
      const { set = {}, absent = [] } = (asideOf(row) ?? {}) as Aside
      const record: JsonRecord = {}
      for (const held of columns) {
        const value = memberValue(held, (row as Row)[held.column], set, absent)
        if (value !== undefined) record[held.member] = value
      }
      for (const [pointer, value] of Object.entries(set)) if (!pointers.has(pointer)) record[memberOf(pointer)] = value
      return record
    },
    rowOf: (record) => {
      const set: Record<string, Json> = {}
      const absent: string[] = []
      const row: Row = {}
      for (const held of columns) {
        row[held.column] = null
        const value = record[held.member]
        if (value === undefined && held.nullMeans === 'null') absent.push(pointerOf(held.member))
        if (value === undefined || (value === null && held.nullMeans === 'null')) continue
        if (KEEPING[held.type].holds(value)) row[held.column] = KEEPING[held.type].write(value)
        else set[pointerOf(held.member)] = value
      }
      for (const [member, value] of Object.entries(record))
        if (!pointers.has(pointerOf(member))) set[pointerOf(member)] = value
      const aside = { ...(Object.keys(set).length > 0 && { set }), ...(absent.length > 0 && { absent }) }
      return { ...row, _aside: Object.keys(aside).length > 0 ? JSON.stringify(aside) : null }
    },
  }
}

/** What a row has beyond its columns; null when they tell all. */
export function asideOf(row: object): unknown {
  return (row as Row)._aside ?? null
}

function memberValue(held: Held, value: unknown, set: Record<string, Json>, absent: string[]): Json | undefined {
  const pointer = pointerOf(held.member)
  if (value !== null && value !== undefined) return KEEPING[held.type].read(value)
  if (absent.includes(pointer)) return undefined
  if (Object.hasOwn(set, pointer)) return set[pointer]
  return held.nullMeans === 'null' ? null : undefined
}

function pointerOf(member: string): string {
  return `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function memberOf(pointer: string): string {
  return pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~')
}
