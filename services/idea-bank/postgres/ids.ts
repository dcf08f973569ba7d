import { sql } from 'kysely'
import { LAST_ID, raised, readLast } from '../ids.ts'
import type { Tx } from './write.ts'

/** A new id, remembered. `look`: the remembered number is not trusted, since its successor turned out to be taken. */
export async function nextId(tx: Tx, uuid: () => string, look: boolean): Promise<string> {
  const remembered = await lockLast(tx)
  const other = await tx
    .selectFrom('ideas')
    .select('id')
    .where(sql<boolean>`id !~ '^[0-9]+$'`)
    .limit(1)
    .executeTakeFirst()
  if (other !== undefined) return uuid()
  const highest = look ? await highestId(tx) : 0n
  const id = String((remembered > highest ? remembered : highest) + 1n)
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

async function highestId(tx: Tx): Promise<bigint> {
  const { highest } = await tx
    .selectFrom('ideas')
    .select(sql<string | null>`max(id::numeric)::text`.as('highest'))
    .where(sql<boolean>`id ~ '^[0-9]+$'`)
    .executeTakeFirstOrThrow()
  return BigInt(highest ?? 0)
}

async function remember(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('store_values')
    .set({ value: JSON.stringify(id) })
    .where('name', '=', LAST_ID)
    .execute()
}
