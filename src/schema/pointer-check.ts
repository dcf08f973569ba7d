import { parsePointer } from './pointer.ts'
import { type PlanProblem, repeated } from './problem.ts'
import type { PlacedTable } from './tables.ts'

/** A pointer of the table with where it stands in the plan. */
interface Placed {
  pointer: string
  place: string
}

/**
 * What is wrong with the pointers of one table. Each member of a record must have exactly one place: columns and children
 * are leaves that hold all beneath them, and every object on the way to a leaf is a group.
 */
export function pointerProblems(placed: PlacedTable): PlanProblem[] {
  const { table, place } = placed
  const of = (list: string, all: readonly { pointer: string }[]): Placed[] =>
    all.map(({ pointer }, at) => ({ pointer, place: `${place}/${list}/${at}/pointer` }))
  const groups = of('groups', table.groups)
  const columns = of('columns', table.columns)
  const members = [...columns.filter((one) => one.pointer !== '#'), ...groups, ...of('children', table.children)]
  const malformed = members.filter((one) => (parsePointer(one.pointer) ?? []).length === 0)
  if (malformed.length > 0) {
    return malformed.map((one) => ({
      place: one.place,
      message: `${JSON.stringify(one.pointer)} is not a JSON pointer to a member of the record`,
      next: 'Write / before each member name, ~1 for a slash and ~0 for a tilde in it.',
    }))
  }
  return [...nameProblems(placed, columns), ...twice(members), ...ungrouped(members, table.groups)]
}

/** `#` is the member name of a keyed record: once in the table of a keyed collection, and nowhere else. */
function nameProblems({ parent, kind, place }: PlacedTable, columns: readonly Placed[]): PlanProblem[] {
  const names = columns.filter((one) => one.pointer === '#')
  const expected = parent === undefined && kind === 'keyed' ? 1 : 0
  if (names.length === expected) return []
  const message = `${names.length} columns have the pointer "#", which stands for the name of a keyed record`
  const next = expected === 1 ? 'Give exactly one column this pointer.' : 'Give the column a JSON pointer.'
  return [{ place: names.at(-1)?.place ?? `${place}/columns`, message, next }]
}

function twice(members: readonly Placed[]): PlanProblem[] {
  return repeated(members.map((one) => one.pointer)).map((at) => ({
    place: members[at]?.place ?? '',
    message: `${JSON.stringify(members[at]?.pointer)} is mapped twice`,
    next: 'Remove one of the two.',
  }))
}

function ungrouped(members: readonly Placed[], groups: readonly { pointer: string }[]): PlanProblem[] {
  const known = new Set(groups.map((group) => group.pointer))
  return members.flatMap(({ pointer, place }) => {
    const missing = objectsAbove(pointer).find((above) => !known.has(above))
    if (missing === undefined) return []
    const message = `${JSON.stringify(pointer)} lies inside ${JSON.stringify(missing)}, which is not a group`
    return [{ place, message, next: 'List the object under groups, or map it as a whole.' }]
  })
}

function objectsAbove(pointer: string): string[] {
  const parts = pointer.split('/')
  return parts.slice(2).map((_, at) => parts.slice(0, at + 2).join('/'))
}
