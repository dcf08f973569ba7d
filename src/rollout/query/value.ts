import { parsePointer } from '../../schema/pointer.ts'
import type { Json, JsonRecord } from '../side.ts'

/** The members that a name in a query leads through: a JSON pointer when it begins with `/`, else one plain name. */
export function pathOf(name: string): string[] {
  return (name.startsWith('/') ? parsePointer(name) : undefined) ?? [name]
}

/** The value at the end of a path of members. A path leads through objects only; what is missing is undefined. */
export function valueAt(record: JsonRecord, path: readonly string[]): Json | undefined {
  let value: Json | undefined = record
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    if (!Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}
