import type { Json } from './side.ts'

/** Equal in value: numbers by value, texts unit by unit, lists in order, objects as sets of members; missing is not null. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && sameLists(a, b)
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
}

function sameLists(a: Json[], b: Json[]): boolean {
  return a.length === b.length && a.every((element, at) => sameJson(element, b[at]))
}
