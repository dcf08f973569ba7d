import { foldName } from '../schema/names.ts'
import { type Collection, type Note, POSITION, type Table } from '../schema/plan.ts'
import { formatPointer } from '../schema/pointer.ts'
import { LONGEST_KEY } from './choose-key.ts'
import { areAlike, type Draft, rekeyChildren, tableOf } from './columns.ts'
import { fitRow } from './fit-row.ts'
import type { ObjectProfile } from './object-profile.ts'
import type { MemberProfile } from './profile-builder.ts'

/** Name of the collection when the document itself is one. */
export const ROOT_COLLECTION = 'records'
/** More members of one object than this are a map whatever their names look like. */
const MANY_MEMBERS = 50

/** A collection of the plan being made, with the profile its table came from. */
export interface DraftCollection {
  member: MemberProfile
  collection: Collection
  owner: ObjectProfile | undefined
  columns: Set<string>
}

/** Decides what each member of the document is, and makes its table; keys are chosen later, on a second look. */
export function draftCollection(member: MemberProfile, tables: Set<string>, notes: Note[]): DraftCollection {
  const name = member.name ?? ROOT_COLLECTION
  const kind = kindOf(member)
  const owner = kind === 'singleton' ? member.whole : member.records
  const place = member.name === null ? '' : formatPointer([member.name])
  if (kind === 'values' || !owner)
    return { member, collection: { name, kind: 'values' }, owner: undefined, columns: new Set() }
  const draft: Draft = { tables, columns: new Set(), notes, place }
  const table = tableOf(foldName(name, tables, 'table'), owner, [POSITION], draft)
  if (kind === 'keyed') addKeyColumn(table, draft.columns)
  if (member.items === 0 && kind === 'list')
    notes.push({
      id: 'empty-collection',
      pointer: place,
      message: 'Holds no record yet: its table has no columns until a later plan.',
    })
  fitRow(table, owner, place, notes)
  return { member, collection: { name, kind, table }, owner, columns: draft.columns }
}

function kindOf(member: MemberProfile): Collection['kind'] {
  const { shape, items, records, whole } = member
  if (shape === 'scalar') return 'values'
  const allObjects = records.count === items
  if (shape === 'list') return records.count * 2 >= items ? 'list' : 'values'
  if (
    items > 0 &&
    allObjects &&
    member.names.repeated().size === 0 &&
    !member.unfitNames &&
    member.longestName <= LONGEST_KEY
  ) {
    const isMap = member.idLike || items > MANY_MEMBERS
    if (isMap && (areAlike(records) || member.name === null)) return 'keyed'
  }
  if (member.name === null || (whole && whole.overflow > 0)) return 'values'
  return 'singleton'
}

/** The member name of a keyed collection's record is its key, and stands first. */
function addKeyColumn(table: Table, columns: Set<string>): void {
  const name = foldName('key', columns, 'column')
  table.columns.unshift({ name, pointer: '#', type: 'text', null_means: 'absent' })
  table.key = [name]
  rekeyChildren(table)
}
