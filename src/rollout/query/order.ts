import type { Json } from '../side.ts'

/** Types in ascending order. Two lists are equal to each other here, and so are two objects: the key decides. */
const RANK = { null: 0, boolean: 1, number: 2, string: 3, list: 4, object: 5 } as const

export type JsonType = keyof typeof RANK

/** The JSON type of a value; what is missing is null. */
export function typeOf(value: Json | undefined): JsonType {
  if (value === undefined || value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  return typeof value as 'boolean' | 'number' | 'string' | 'object'
}

/**
 * Compares any two values: by type in the order null < boolean < number < string < list < object, then false < true,
 * numbers by value, strings by code point. Negative, zero or positive, as `sort` wants it.
 */
export function compareValues(a: Json | undefined, b: Json | undefined): number {
  const type = typeOf(a)
  const difference = RANK[type] - RANK[typeOf(b)]
  if (difference !== 0) return difference
  if (type === 'string') return compareText(a as string, b as string)
  return type === 'number' || type === 'boolean' ? Number(a) - Number(b) : 0
}

/**
 * Compares strings by code point, which is the order of their UTF-8 bytes and of collation "C". JavaScript's own `<`
 * compares UTF-16 code units, by which U+1F600 comes before U+FFFD.
 */
export function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  let at = 0
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === shorter) return a.length - b.length
  return codePoint(a, at) - codePoint(b, at)
}

function codePoint(text: string, at: number): number {
  return text.codePointAt(at) as number
}
