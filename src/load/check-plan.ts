import { HashList, hashBytes } from '../infer/hashes.ts'
import type { Bytes } from '../jsonstore/bytes.ts'
import { parseDecimal } from '../jsonstore/decimal.ts'
import type { Source } from '../jsonstore/source.ts'
import type { Plan } from '../schema/plan.ts'
import { POSITION } from '../schema/plan.ts'
import { type PlacedTable, tablesOf } from '../schema/tables.ts'
import { eachKey } from './each-key.ts'
import { type UnfitRecord, writeRows } from './write-rows.ts'

/**
 * The records that the tables of a plan cannot take, by collection: every record is encoded, nothing is sent. A plan that
 * was inferred from the same bytes takes all of them by construction; one that a person edited is checked here before
 * anything is created.
 */
export async function checkPlan(plan: Plan, sources: ReadonlyMap<string, Source>): Promise<Map<string, UnfitRecord[]>> {
  const unfit = new Map<string, UnfitRecord[]>()
  for (const placed of tablesOf(plan)) {
    const source = sources.get(placed.collection) as Source
    const found = (await writeRows(source, placed, { send: () => {} })).unfit
    if (placed.parent === undefined && placed.table.key[0] !== POSITION)
      found.push(...(await repeatedKeys(source, placed, found)))
    const before = unfit.get(placed.collection) ?? []
    if (before.length + found.length > 0) unfit.set(placed.collection, [...before, ...found])
  }
  return unfit
}

/** Records whose key stands in an earlier record: hashes first, and only for suspects the keys themselves. */
async function repeatedKeys(source: Source, placed: PlacedTable, already: UnfitRecord[]): Promise<UnfitRecord[]> {
  const hashes = new HashList()
  const textOf = keyTextOf(placed)
  await eachKey(source, placed, (key) => hashes.add(hashOf(textOf(key))))
  const suspects = hashes.repeated()
  if (suspects.size === 0) return []
  const unfit = new Set(already.map((record) => record.position))
  const first = new Map<string, number>()
  const found: UnfitRecord[] = []
  await eachKey(source, placed, (key, position) => {
    const text = textOf(key)
    if (unfit.has(position) || !suspects.has(hashOf(text))) return
    const earlier = first.get(text)
    if (earlier === undefined) first.set(text, position)
    else
      found.push({
        position,
        column: placed.table.key.join(', '),
        reason: `the key ${text} stands already in record ${earlier}`,
      })
  })
  return found
}

/** The key as text; numbers in one spelling, since `0.50` is the same key as `0.5`. */
function keyTextOf({ key: columns }: PlacedTable): (key: Bytes) => string {
  const isDecimal = columns.map(({ type }) => type === 'numeric' || type === 'double precision')
  return (key) => {
    const fields = key.data.toString('utf8', 0, key.length - 1).split('\t')
    return fields.map((field, i) => (isDecimal[i] ? plainDecimal(field) : field)).join('\t')
  }
}

function plainDecimal(text: string): string {
  const { negative, digits, exponent } = parseDecimal(text)
  return digits === '' ? '0' : `${negative ? '-' : ''}${digits}e${exponent}`
}

function hashOf(key: string): number {
  const bytes = Buffer.from(key)
  return hashBytes(bytes, 0, bytes.length)
}
