import type { Insertable, Selectable } from 'kysely'
import type { Json } from 'outgrow/store'
import type { Idea } from '../idea.ts'
import type { IdeasTable } from './schema.kysely.ts'

export type IdeaRow = Omit<Selectable<IdeasTable>, '_position'>
export type NewRow = Omit<Insertable<IdeasTable>, '_position'>

type Column = Exclude<keyof IdeaRow, '_aside'>

/** A column's member, what its NULL means, and which JSON values it holds exactly; others go aside. */
interface Held {
  column: Column
  member: string
  nullMeans: 'absent' | 'null'
  holds: (value: Json) => boolean
}

/** Text as PostgreSQL can hold it. */
const isText = (value: Json): value is string =>
  typeof value === 'string' && !value.includes('\0') && value.isWellFormed()
const isTexts = (value: Json): boolean => Array.isArray(value) && value.every(isText)
/** An instant in the one spelling that comes back: milliseconds, UTC, years that PostgreSQL calls by the same number. */
const isInstant = (value: Json): boolean =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/.test(value) && value >= '0001' && isSpelled(value)

function isSpelled(text: string): boolean {
  const at = new Date(text)
  return !Number.isNaN(at.getTime()) && at.toISOString() === text
}

/** The columns of the plan, in the words of this service; a test holds them against plan.json. */
export const COLUMNS: readonly Held[] = [
  { column: 'id', member: 'id', nullMeans: 'absent', holds: isText },
  { column: 'title', member: 'title', nullMeans: 'absent', holds: isText },
  { column: 'description', member: 'description', nullMeans: 'absent', holds: isText },
  { column: 'category', member: 'category', nullMeans: 'absent', holds: isText },
  { column: 'priority', member: 'priority', nullMeans: 'absent', holds: isText },
  { column: 'status', member: 'status', nullMeans: 'absent', holds: isText },
  { column: 'tags', member: 'tags', nullMeans: 'absent', holds: isTexts },
  { column: 'created_at', member: 'createdAt', nullMeans: 'absent', holds: isInstant },
  { column: 'updated_at', member: 'updatedAt', nullMeans: 'null', holds: isInstant },
]

/** What a record holds beyond its columns: values by JSON pointer, and members that are missing though NULL means null. */
interface Aside {
  set?: Record<string, Json>
  absent?: string[]
}

/** The record that a row and its aside stand for. Where a column holds a value, what the aside says of it is out of date. */
export function ideaOf(row: IdeaRow): Idea {
  const { set = {}, absent = [] } = (row._aside ?? {}) as Aside
  const idea: Idea = {}
  for (const { column, member, nullMeans } of COLUMNS) {
    const pointer = `/${member}`
    const value = row[column]
    if (value !== null) idea[member] = value instanceof Date ? value.toISOString() : value
    else if (absent.includes(pointer)) continue
    else if (Object.hasOwn(set, pointer)) idea[member] = set[pointer] as Json
    else if (nullMeans === 'null') idea[member] = null
  }
  const known = new Set(COLUMNS.map(({ member }) => `/${member}`))
  for (const [pointer, value] of Object.entries(set)) if (!known.has(pointer)) idea[memberOf(pointer)] = value
  return idea
}

/** The row of a record: `ideaOf` gives it back as it was. */
export function rowOf(idea: Idea): NewRow {
  const set: Record<string, Json> = {}
  const absent: string[] = []
  const columns = COLUMNS.map(({ column, member, nullMeans, holds }) => {
    const value = idea[member]
    if (value === undefined && nullMeans === 'null') absent.push(`/${member}`)
    if (value === undefined || (value === null && nullMeans === 'null')) return [column, null]
    if (holds(value)) return [column, value]
    set[`/${member}`] = value
    return [column, null]
  })
  const known = new Set(COLUMNS.map(({ member }) => member))
  for (const [member, value] of Object.entries(idea)) if (!known.has(member)) set[pointerOf(member)] = value
  const aside = { ...(Object.keys(set).length > 0 && { set }), ...(absent.length > 0 && { absent }) }
  const _aside = Object.keys(aside).length > 0 ? JSON.stringify(aside) : null
  return { ...(Object.fromEntries(columns) as Omit<NewRow, '_aside'>), _aside }
}

function pointerOf(member: string): string {
  return `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function memberOf(pointer: string): string {
  return pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~')
}
