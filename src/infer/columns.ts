import { childKey } from '../schema/key.ts'
import { foldName, uniqueName } from '../schema/names.ts'
import { ASIDE, type Child, type Column, type ColumnType, type Group, type Note, type Table } from '../schema/plan.ts'
import { formatPointer } from '../schema/pointer.ts'
import { fitRow } from './fit-row.ts'
import { isIdLike } from './map-like.ts'
import type { FieldProfile, ObjectProfile } from './object-profile.ts'
import type { ValueProfile } from './profile.ts'

/** Members that an object may have to become columns of the record's own table. */
const LARGEST_GROUP = 12
/** Objects within objects that are still taken apart. */
const DEEPEST_GROUP = 2
/** Members that the objects of a list may have to become a table of their own. */
const WIDEST_CHILD = 100
/** Share of members that must be present, on average, for objects to count as being of like shape. */
const LIKENESS = 0.5

/** What a plan of one table is being made of. */
export interface Draft {
  /** Names taken in the store (tables) and in this table (columns). */
  tables: Set<string>
  columns: Set<string>
  notes: Note[]
  /** Where the records stand, for notes. */
  place: string
}

/** True when the objects have mostly the same members, so that a table of them is not mostly empty. */
export function areAlike(members: ObjectProfile): boolean {
  if (members.overflow > 0 || members.fields.length === 0) return false
  const present = members.fields.reduce((sum, field) => sum + field.seen, 0)
  return present / (members.count * members.fields.length) >= LIKENESS
}

/** The table of a list of objects (or of a collection), with the tables of the lists inside them. */
export function tableOf(name: string, records: ObjectProfile, key: string[], draft: Draft): Table {
  const table: Table = { name, key, columns: [], groups: [], children: [], proposals: [] }
  for (const field of records.fields) addField(table, records, field, [], draft)
  return table
}

function addField(table: Table, owner: ObjectProfile, field: FieldProfile, path: string[], draft: Draft): void {
  const at = [...path, field.name]
  const pointer = formatPointer(at)
  const value = field.value
  if (path.length < DEEPEST_GROUP && value.objects > 0 && value.objects === value.values && isGroup(value.members)) {
    table.groups.push(groupOf(pointer, owner, field))
    for (const inner of value.members.fields) addField(table, value.members, inner, at, draft)
  } else if (path.length === 0 && isChild(value)) {
    table.children.push(childOf(table, pointer, owner, field, draft))
  } else {
    const column = columnOf(pointer, owner, field, foldName(at.join('_'), draft.columns, 'column'))
    table.columns.push(column)
    noteColumn(column, value, draft)
  }
}

/** Few members, all of them always there, none a container of objects: as good as columns. */
function isGroup(members: ObjectProfile | undefined): members is ObjectProfile {
  if (!members || members.overflow > 0) return false
  const { fields, count } = members
  if (fields.length === 0 || fields.length > LARGEST_GROUP || fields.every((field) => isIdLike(field.name)))
    return false
  return fields.every(({ seen, value }) => {
    if (seen !== count || hasObjects(value.element) || (value.lists > 0 && value.objects > 0)) return false
    return value.objects === 0 || (value.objects === value.values && isGroup(value.members))
  })
}

function hasObjects(element: ValueProfile | undefined): boolean {
  return element !== undefined && element.objects > 0
}

function isChild(value: ValueProfile): boolean {
  const element = value.element
  if (value.lists === 0 || value.lists !== value.values || !element) return false
  if (element.objects === 0 || element.objects !== element.values || element.nulls > 0) return false
  return element.members !== undefined && areAlike(element.members) && element.members.fields.length <= WIDEST_CHILD
}

function childOf(table: Table, pointer: string, owner: ObjectProfile, field: FieldProfile, draft: Draft): Child {
  const name = uniqueName(foldName(`${table.name}_${field.name}`, new Set(), 'table'), draft.tables)
  const members = field.value.element?.members as ObjectProfile
  const inner: Draft = { ...draft, columns: new Set(), place: `${draft.place}${pointer}` }
  const child = tableOf(name, members, childKey(table.key), inner)
  fitRow(child, members, inner.place, draft.notes)
  return {
    pointer,
    empty_means: field.value.emptyLists >= owner.count - field.seen ? 'empty' : 'absent',
    table: child,
  }
}

/** A child table names its parent's key in its own; when the parent's key is chosen, the names follow, all the way down. */
export function rekeyChildren(table: Table): void {
  for (const { table: child } of table.children) {
    child.key = childKey(table.key)
    rekeyChildren(child)
  }
}

function groupOf(pointer: string, owner: ObjectProfile, field: FieldProfile): Group {
  return { pointer, null_means: nullMeans(owner, field) }
}

function nullMeans(owner: ObjectProfile, field: FieldProfile): 'absent' | 'null' {
  return field.value.nulls > owner.count - field.seen ? 'null' : 'absent'
}

function columnOf(pointer: string, owner: ObjectProfile, field: FieldProfile, name: string): Column {
  const column: Column = { name, pointer, type: typeOf(field.value), null_means: nullMeans(owner, field) }
  if (column.type === 'timestamptz') column.format = field.value.instantDigits as NonNullable<Column['format']>
  return column
}

/** The narrowest column that carries every value seen, there and back. */
export function typeOf(value: ValueProfile): ColumnType {
  const { values } = value
  if (values === 0) return 'jsonb'
  if (value.booleans === values) return 'boolean'
  if (value.numbers === values) return numberType(value)
  if (value.strings === values) return textType(value)
  if (value.lists === values) return listType(value.element)
  return 'jsonb'
}

function numberType(value: ValueProfile): ColumnType {
  if (value.bigints === value.numbers) return 'bigint'
  return value.doubles === value.numbers ? 'double precision' : 'numeric'
}

function textType(value: ValueProfile): ColumnType {
  if (value.uuids === value.strings) return 'uuid'
  if (value.days === value.strings) return 'date'
  return value.instants === value.strings && value.instantDigits >= 0 ? 'timestamptz' : 'text'
}

function listType(element: ValueProfile | undefined): ColumnType {
  if (!element || element.nulls > 0 || element.values === 0) return 'jsonb'
  if (element.strings === element.values) return 'text[]'
  return element.bigints === element.values ? 'bigint[]' : 'jsonb'
}

function noteColumn(column: Column, value: ValueProfile, draft: Draft): void {
  const pointer = `${draft.place}${column.pointer}`
  const note = (id: string, message: string) => draft.notes.push({ id, pointer, message })
  const kinds = (['booleans', 'numbers', 'strings', 'lists', 'objects'] as const).filter((kind) => value[kind] > 0)
  if (kinds.length > 1)
    note('mixed-types', `Holds ${kinds.map((kind) => `${value[kind]} ${kind}`).join(', ')}: kept as jsonb.`)
  if (value.numericTexts > 0 && value.numericTexts === value.strings && value.strings === value.values)
    note('numeric-text', `${value.numericTexts} texts that look like numbers stay text.`)
  if (value.unfitTexts > 0)
    note('unfit-text', `${value.unfitTexts} texts with U+0000 or a lone surrogate are kept in ${ASIDE}.`)
  if (value.giants > 0) note('giant-number', `${value.giants} numbers beyond numeric's range are kept in ${ASIDE}.`)
  const { members } = value
  if (members && value.objects === value.values && !areAlike(members))
    note('map-like', `Objects with ${members.fields.length} different members: kept as jsonb.`)
}
