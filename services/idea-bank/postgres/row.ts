import type { Insertable, Selectable } from 'kysely'
import type { Idea } from '../../ideas/idea.ts'
import type { Held } from '../../postgres/held.ts'
import { rowCodec } from '../../postgres/row.ts'
import type { IdeasTable } from './schema.kysely.ts'

export type IdeaRow = Omit<Selectable<IdeasTable>, '_position'>
export type NewRow = Omit<Insertable<IdeasTable>, '_position'>

/** The columns of the plan, in the words of this service; a test holds them against plan.json. */
export const COLUMNS = [
  { column: 'id', member: 'id', type: 'text', nullMeans: 'absent' },
  { column: 'title', member: 'title', type: 'text', nullMeans: 'absent' },
  { column: 'description', member: 'description', type: 'text', nullMeans: 'absent' },
  { column: 'category', member: 'category', type: 'text', nullMeans: 'absent' },
  { column: 'priority', member: 'priority', type: 'text', nullMeans: 'absent' },
  { column: 'status', member: 'status', type: 'text', nullMeans: 'absent' },
  { column: 'tags', member: 'tags', type: 'text[]', nullMeans: 'absent' },
  { column: 'created_at', member: 'createdAt', type: 'timestamptz', nullMeans: 'absent' },
  { column: 'updated_at', member: 'updatedAt', type: 'timestamptz', nullMeans: 'null' },
] as const satisfies readonly Held[]

export const codec = rowCodec(COLUMNS)

/** The record that a row and its aside stand for. */
export function ideaOf(row: IdeaRow): Idea {
  return codec.recordOf(row)
}

/** The row of a record: `ideaOf` gives it back as it was. */
export function rowOf(idea: Idea): NewRow {
  return codec.rowOf(idea) as NewRow
}
