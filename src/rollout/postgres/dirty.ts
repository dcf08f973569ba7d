import { valuesRowName } from '../../codec/values.ts'
import type { Sql } from '../../postgres/sql.ts'
import type { Plan } from '../../schema/plan.ts'
import type { Key } from '../side.ts'

/** A key whose record changed, with the marks that say so. */
export interface DirtyKey {
  collection: string
  key: Key
  /** Ids of the marks, to be cleared once the record has been pushed as it was read after this. */
  ids: string[]
}

/**
 * The oldest marks of the store, at most `limit`, by key. Read the record after this, push it, then clear these ids: a change
 * that comes in between has a mark of its own, which is not cleared.
 */
export async function pendingDirty(sql: Sql, plan: Plan, limit: number): Promise<DirtyKey[]> {
  const { rows } = await sql.query<{ id: string; collection: string; key: string }>(
    'select id, collection, key from outgrow.dirty where store = $1::text order by id limit $2::bigint',
    [plan.store, limit],
  )
  const names = new Map(plan.collections.map(({ name }) => [valuesRowName(name), name]))
  const found = new Map<string, DirtyKey>()
  for (const { id, collection: text, key: spelled } of rows) {
    const collection = names.get(text) ?? text
    const key = JSON.stringify(JSON.parse(spelled))
    const known = found.get(`${collection} ${key}`)
    if (known === undefined) found.set(`${collection} ${key}`, { collection, key, ids: [id] })
    else known.ids.push(id)
  }
  return [...found.values()]
}

/** Clears marks by id; those that are gone already are no failure. */
export async function clearDirty(sql: Sql, store: string, ids: readonly string[]): Promise<void> {
  await sql.query('delete from outgrow.dirty where store = $1::text and id = any($2::bigint[])', [store, ids])
}

/** Which of these keys are dirty: the mirror does not hold their present state yet. */
export async function dirtyAmong(sql: Sql, store: string, collection: string, keys: readonly Key[]): Promise<Set<Key>> {
  const { rows } = await sql.query<{ key: string }>(
    `select distinct key from outgrow.dirty
      where key = any($3::text[]) and store = $1::text and collection = $2::text`,
    [store, valuesRowName(collection), keys],
  )
  return new Set(rows.map((row) => row.key))
}

/** How far the mirror is behind: marks, and the age of the oldest in seconds. */
export async function dirtyBacklog(sql: Sql, store: string): Promise<{ marks: number; age: number }> {
  const { rows } = await sql.query<{ marks: string; age: string }>(
    `select count(*) as marks, coalesce(extract(epoch from clock_timestamp() - min(at)), 0) as age
       from outgrow.dirty where store = $1::text`,
    [store],
  )
  return { marks: Number(rows[0]?.marks ?? 0), age: Number(rows[0]?.age ?? 0) }
}
