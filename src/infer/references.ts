import type { Note, Reference } from '../schema/plan.ts'
import type { HashList } from './hashes.ts'
import { referredName } from './key-names.ts'
import type { Sighting } from './second-look.ts'

/** A column whose values may be keys of another collection. */
export interface Referrer {
  collection: string
  table: string
  column: string
  /** Path from the record of the collection, through lists, to the value. */
  path: string[]
  cardinality: 'one' | 'many'
  json: 'number' | 'text'
  hashes: HashList
}

/** A collection that has a key. */
export interface Target {
  collection: string
  table: string
  column: string
  json: 'number' | 'text'
  hashes: HashList
}

/** The references that names and values speak for, with how many of the values are keys of the other side. */
export function findReferences(
  referrers: Referrer[],
  targets: Target[],
): { referrer: Referrer; reference: Reference }[] {
  return referrers.flatMap((referrer) => {
    const target = targetOf(referrer, targets)
    if (!target) return []
    const contained = countContained(referrer.hashes, target.hashes)
    const values = referrer.hashes.length
    const reference: Reference = {
      table: referrer.table,
      column: referrer.column,
      to_table: target.table,
      to_column: target.column,
      cardinality: referrer.cardinality,
      match: referrer.json === target.json ? 'exact' : 'canonical',
      enabled: false,
      evidence: { values, contained, ratio: values === 0 ? 0 : contained / values, orphans: [] },
    }
    return [{ referrer, reference }]
  })
}

/** By name (`userId` → users), else the one collection that holds every value: a role such as `senderId`. */
function targetOf(referrer: Referrer, targets: Target[]): Target | undefined {
  const wanted = stem(referredName(referrer.path.at(-1) ?? '', referrer.path.slice(0, -1)) ?? '')
  const named = targets.find((target) => stem(target.collection) === wanted)
  if (named) return named
  if (referrer.hashes.length < 2) return undefined
  const holding = targets.filter((target) => countContained(referrer.hashes, target.hashes) === referrer.hashes.length)
  return holding.length === 1 ? holding[0] : undefined
}

/** Singular of an English plural, roughly, without case and separators: categories, Category → category. */
function stem(name: string): string {
  const plain = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  if (plain.endsWith('ies')) return `${plain.slice(0, -3)}y`
  if (/(?:s|x|ch|sh)es$/.test(plain)) return plain.slice(0, -2)
  return plain.endsWith('s') && !plain.endsWith('ss') ? plain.slice(0, -1) : plain
}

function countContained(values: HashList, keys: HashList): number {
  let contained = 0
  for (const hash of values.sorted()) if (keys.has(hash)) contained++
  return contained
}

/** A sighting as evidence: `/comments/4: 17`. */
export function orphanText(collection: string, { position, text }: Sighting): string {
  return `/${collection}/${position}: ${text}`
}

/** References that lead back to where they began, told once per circle. */
export function cycleNotes(references: Reference[]): Note[] {
  const notes: Note[] = []
  const seen = new Set<string>()
  const visit = (table: string, trail: string[]): void => {
    const at = trail.indexOf(table)
    if (at >= 0) {
      const circle = trail.slice(at)
      const id = [...circle].sort().join(' ')
      if (!seen.has(id))
        notes.push({
          id: 'reference-cycle',
          pointer: `/${table}`,
          message: `References form a circle: ${[...circle, table].join(' → ')}.`,
        })
      seen.add(id)
      return
    }
    for (const reference of references) if (reference.table === table) visit(reference.to_table, [...trail, table])
  }
  for (const table of new Set(references.map((reference) => reference.table))) visit(table, [])
  return notes
}
