import { quoteIdent } from '../../postgres/ident.ts'
import type { Sql } from '../../postgres/sql.ts'
import { POSITION } from '../../schema/plan.ts'
import { WHOLE } from '../key.ts'
import type { Key } from '../side.ts'
import type { PgCollection, PgValue } from './collection.ts'
import { newPlaces, type Place } from './places.ts'
import { keyOfText, nextPlaces } from './records.ts'

/** Rows that one statement moves. */
const BATCH = 5000

/**
 * The keys of a collection in the order of its list, as one snapshot has them; in that of keys where the plan says that
 * order means nothing. A collection without keys has its one key.
 */
export async function keysInOrder(sql: Sql, collection: PgCollection | PgValue): Promise<Key[]> {
  if (collection.kind === 'values' || collection.key === undefined) return [WHOLE]
  const { key, from } = collection
  const column = quoteIdent(key.name)
  const { rows } = await sql.query<{ key: string }>(
    `select ${column}::text as key from ${from} order by ${isOrdered(collection) ? POSITION : column}`,
  )
  return rows.map((row) => keyOfText(key, row.key))
}

/**
 * Brings the records of a list into the order of these keys, in the caller's transaction; those not named follow in the order
 * that they have, and a record put later still goes last. Keys that are not there are passed over. Only places change, and
 * few of them; a second run changes nothing. Of two at once the second waits for the first; other writers go on. Returns how
 * many records moved: none in a collection without keys, or where order means nothing.
 */
export async function arrangeRecords(
  sql: Sql,
  collection: PgCollection | PgValue,
  keys: readonly Key[],
): Promise<number> {
  if (collection.kind === 'values' || collection.key === undefined || !isOrdered(collection)) return 0
  await sql.query(`lock table ${collection.from} in share update exclusive mode`)
  const present = await placesOf(sql, collection)
  const named = keys.flatMap((key) => {
    const found = present.get(key)
    present.delete(key)
    return found === undefined ? [] : [found]
  })
  const wanted = [...named, ...present.values()]
  const places = newPlaces(wanted.map(({ position }) => position))
  const moved = wanted.flatMap(({ text, position }, at) => {
    const place = places[at] as Place
    return place === position ? [] : [{ text, place }]
  })
  await move(sql, collection, moved)
  return moved.length
}

function isOrdered({ root }: PgCollection): boolean {
  return root.table.ordered !== false
}

interface Placed {
  text: string
  position: number
}

async function placesOf(sql: Sql, { key, from }: PgCollection): Promise<Map<Key, Placed>> {
  if (key === undefined) return new Map()
  const { rows } = await sql.query<{ key: string; position: string }>(
    `select ${quoteIdent(key.name)}::text as key, ${POSITION} as position from ${from} order by ${POSITION}`,
  )
  return new Map(rows.map((row) => [keyOfText(key, row.key), { text: row.key, position: Number(row.position) }]))
}

async function move(sql: Sql, { key, from }: PgCollection, moved: { text: string; place: Place }[]): Promise<void> {
  const fresh = await nextPlaces(sql, from, moved.filter(({ place }) => place === 'last').length)
  const column = quoteIdent(key?.name ?? POSITION)
  for (let at = 0; at < moved.length; at += BATCH) {
    const batch = moved.slice(at, at + BATCH)
    await sql.query(
      `update ${from} t set ${POSITION} = m.position
         from unnest($1::text[], $2::bigint[]) m (key, position) where t.${column} = m.key::${key?.type}`,
      [batch.map(({ text }) => text), batch.map(({ place }) => (place === 'last' ? fresh.shift() : place))],
    )
  }
}
