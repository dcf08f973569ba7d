import type { FieldProfile, ObjectProfile } from '../infer/object-profile.ts'
import type { Table } from '../schema/plan.ts'
import { formatPointer } from '../schema/pointer.ts'

/** What one member of the records was seen to hold, and the column that the plan gives it. */
export interface ProfiledField {
  pointer: string
  /** How often each JSON type stood there. */
  types: Record<string, number>
  missing: number
  nulls: number
  /** Null when the member has no column of its own: it is a group, a list with its own table, or aside. */
  column: string | null
  type: string
}

/** The members of records, with those of objects that became columns behind the object. */
export function fieldsOf(owner: ObjectProfile, table: Table, path: string[] = []): ProfiledField[] {
  return owner.fields.flatMap((field) => {
    const at = [...path, field.name]
    const own = profiled(owner, field, formatPointer(at), table)
    const isGroup = table.groups.some((group) => group.pointer === own.pointer)
    return isGroup && field.value.members ? [own, ...fieldsOf(field.value.members, table, at)] : [own]
  })
}

function profiled(owner: ObjectProfile, field: FieldProfile, pointer: string, table: Table): ProfiledField {
  const { value, seen } = field
  const counts = {
    boolean: value.booleans,
    number: value.numbers,
    string: value.strings,
    list: value.lists,
    object: value.objects,
  }
  const types = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
  const column = table.columns.find((one) => one.pointer === pointer)
  const child = table.children.find((one) => one.pointer === pointer)
  const isGroup = table.groups.some((one) => one.pointer === pointer)
  const type = column?.type ?? (child ? `table ${child.table.name}` : isGroup ? 'columns' : 'aside')
  return { pointer, types, missing: owner.count - seen, nulls: value.nulls, column: column?.name ?? null, type }
}
