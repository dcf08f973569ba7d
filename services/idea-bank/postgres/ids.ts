import { sql } from 'kysely'
import { LAST_ID, raised, readLast } from '../ids.ts'
import type { Tx } from './database.ts'

/** A new id, remembered. The ids that are there count as well, should a writer have gone past the service. */
export async function nextId(tx: Tx, uuid: () => string): Promise<string> {
  const last = await lockLast(tx)
  const other = await tx
    .selectFrom('ideas')
    .select('id')
    .where(sql<boolean>`id !~ '^[0-9]+$'`)
    .limit(1)
    .executeTakeFirst()
  if (other !== undefined) return uuid()
  const id = String(raised(last, String(await highestId(tx))) + 1n)
  await remember(tx, id)
  return id
}

/** Whoever removes the highest id must have it remembered first. */
export async function beforeRemoval(tx: Tx, id: string): Promise<void> {
  const last = await lockLast(tx)
  if (raised(last, id) !== last) await remember(tx, id)
}

/**
 * The highest numeric id ever given or removed; whoever asks holds it until the end of the transaction. A store that does
 * not remember one yet begins with the highest that it has.
 */
async function lockLast(tx: Tx): Promise<bigint> {
  const read = () =>
    tx.selectFrom('store_values').select('value').where('name', '=', LAST_ID).forUpdate().executeTakeFirst()
  const known = readLast((await read())?.value)
  if (known !== undefined) return known
  const value = JSON.stringify(String(await highestId(tx)))
  await tx
    .insertInto('store_values')
    .values({ name: LAST_ID, value })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  return readLast((await read())?.value) ?? 0n
}

/** By the index of migration 002. */
async function highestId(tx: Tx): Promise<bigint> {
  const row = await tx
    .selectFrom('ideas')
    .select('id')
    .where(sql<boolean>`id ~ '^[0-9]+$'`)
    .orderBy(sql`id::numeric`, 'desc')
    .limit(1)
    .executeTakeFirst()
  return BigInt(row?.id ?? 0)
}

async function remember(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('store_values')
    .set({ value: JSON.stringify(id) })
    .where('name', '=', LAST_ID)
    .execute()
}
