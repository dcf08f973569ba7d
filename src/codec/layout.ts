import { OutgrowError } from '../errors.ts'
import type { KeyTable } from '../jsonstore/keys.ts'
import type { Child, Column, Group, Table } from '../schema/plan.ts'
import { parsePointer } from '../schema/pointer.ts'

/** What a plan does with the value at one place of a record. */
export interface Place {
  pointer: string
  /** Name of the member, as text and as the JSON that export writes: `"name":`. */
  name: string
  label: Buffer
  /** The same behind another member: `,"name":`. */
  following: Buffer
  /** Index into the table's columns, groups or children; the others are -1. */
  column: number
  group: number
  child: number
  /** Group only: the places of its members, in the plan's order, and each by the number of its name. */
  inner: Places
}

/** The members of a record (or of a group in it) that the plan knows. */
export class Places {
  readonly list: Place[] = []
  #byKey = new Int32Array(0)

  /** The place of a member, by the number of its name; undefined when the plan does not know it. */
  of(keyId: number): Place | undefined {
    if (keyId < 0 || keyId >= this.#byKey.length) return undefined
    const at = this.#byKey[keyId] as number
    return at < 0 ? undefined : this.list[at]
  }

  add(keyId: number, place: Place): void {
    if (keyId >= this.#byKey.length) {
      const grown = new Int32Array(Math.max(64, (keyId + 1) * 2)).fill(-1)
      grown.set(this.#byKey)
      this.#byKey = grown
    }
    this.#byKey[keyId] = this.list.push(place) - 1
  }
}

/** A table's plan made ready to walk records by: which member goes where. */
export interface Layout {
  table: Table
  columns: Column[]
  groups: Group[]
  children: Child[]
  places: Places
  /** Index of the column that holds the member name of a keyed collection's record; -1 when there is none. */
  keyColumn: number
}

/** Compiles the pointers of a table into places. Throws `plan-invalid` for a pointer that leads nowhere. */
export function layoutOf(table: Table, keys: KeyTable): Layout {
  const places = new Places()
  const put = (pointer: string, index: Partial<Pick<Place, 'column' | 'group' | 'child'>>): void => {
    const path = parsePointer(pointer)
    const name = path?.at(-1)
    if (!path || name === undefined) throw badPointer(table, pointer)
    const owner = ownerOf(places, keys, path.slice(0, -1))
    if (!owner) throw badPointer(table, pointer)
    const label = Buffer.from(`${JSON.stringify(name)}:`)
    const following = Buffer.concat([Buffer.from(','), label])
    owner.add(keys.idOfName(name), {
      pointer,
      name,
      label,
      following,
      column: -1,
      group: -1,
      child: -1,
      inner: new Places(),
      ...index,
    })
  }
  // A group must exist before what is inside it, and stands where its first column stands.
  const waiting = new Map(table.groups.map((group, index) => [group.pointer, index]))
  const openGroups = (pointer: string): void => {
    for (const [group, index] of [...waiting].sort(([a], [b]) => a.length - b.length)) {
      if (!pointer.startsWith(`${group}/`)) continue
      waiting.delete(group)
      put(group, { group: index })
    }
  }
  for (const [index, column] of table.columns.entries()) {
    if (column.pointer === '#') continue
    openGroups(column.pointer)
    put(column.pointer, { column: index })
  }
  for (const [pointer, index] of waiting) put(pointer, { group: index })
  for (const [index, child] of table.children.entries()) put(child.pointer, { child: index })
  const keyColumn = table.columns.findIndex((column) => column.pointer === '#')
  return { table, columns: table.columns, groups: table.groups, children: table.children, places, keyColumn }
}

function ownerOf(places: Places, keys: KeyTable, path: string[]): Places | undefined {
  let owner: Places | undefined = places
  for (const name of path) owner = owner?.of(keys.idOfName(name))?.inner
  return owner
}

function badPointer(table: Table, pointer: string): OutgrowError {
  return new OutgrowError(
    'plan-invalid',
    `The plan's table ${table.name} has the pointer ${JSON.stringify(pointer)}, which leads nowhere.`,
    {
      place: pointer,
      next: 'Give the object that holds it as a group of the same table, or correct the pointer.',
    },
  )
}
