import type { Plan } from 'outgrow'
import type { Json } from 'outgrow/store'

/** A column, the member of the record that it holds, and what its NULL stands for. */
export interface Held {
  column: string
  member: string
  type: HeldType
  nullMeans: 'absent' | 'null'
}

export type HeldType = 'text' | 'text[]' | 'bigint' | 'timestamptz' | 'jsonb'

/** How a type keeps a JSON value: which values come back as they were, as what they are written and read. Others go aside. */
interface Keeping {
  holds(value: Json): boolean
  write(value: Json): unknown
  read(value: unknown): Json
}

/** Text as PostgreSQL can hold it. */
export const isText = (value: Json): value is string =>
  typeof value === 'string' && !value.includes('\0') && value.isWellFormed()

const asItIs = { write: (value: Json): unknown => value, read: (value: unknown): Json => value as Json }

export const KEEPING: Readonly<Record<HeldType, Keeping>> = {
  text: { ...asItIs, holds: isText },
  'text[]': { ...asItIs, holds: (value) => Array.isArray(value) && value.every(isText) },
  bigint: { holds: (value) => Number.isSafeInteger(value), write: String, read: Number },
  timestamptz: { holds: isInstant, write: (value) => value, read: (value) => (value as Date).toISOString() },
  jsonb: { holds: isPlain, write: (value) => JSON.stringify(value), read: asItIs.read },
}

/** An instant in the one spelling that comes back: milliseconds, UTC, years that PostgreSQL calls by the same number. */
function isInstant(value: Json): boolean {
  if (typeof value !== 'string' || value < '0001' || !/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/.test(value)) return false
  const at = new Date(value)
  return !Number.isNaN(at.getTime()) && at.toISOString() === value
}

/** A list or an object, all of whose texts PostgreSQL can hold; a scalar goes aside, so that JSON's null is not taken for NULL. */
function isPlain(value: Json): boolean {
  return typeof value === 'object' && value !== null && isTextsOnly(value)
}

function isTextsOnly(value: Json): boolean {
  if (typeof value === 'string') return isText(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, inner]) => isText(name) && isTextsOnly(inner))
}

/** The columns of a collection, as the plan has them. Throws when one is none of a member, or of a type that is not kept here. */
export function heldBy({ collections }: Plan, name: string): Held[] {
  const collection = collections.find((one) => one.name === name)
  if (collection === undefined || collection.kind === 'values') throw new Error(`The plan has no table for "${name}".`)
  return collection.table.columns.map(({ name: column, pointer, type, null_means: nullMeans }) => {
    if (!isHeldType(type) || !/^\/[^/~]+$/.test(pointer))
      throw new Error(`Column ${column} of "${name}" is not kept here.`)
    return { column, member: pointer.slice(1), type, nullMeans }
  })
}

function isHeldType(type: string): type is HeldType {
  return Object.hasOwn(KEEPING, type)
}
