import type { Kysely } from 'kysely'
import type { Json } from 'outgrow/store'
import { listOf } from '../work.ts'
import type { Database } from './database.ts'

/** All links. `lock`: other writers are kept off them until the end of the transaction. */
export async function linksIn(db: Kysely<Database>, lock = false): Promise<Json[]> {
  const row = db.selectFrom('store_values').select('value').where('name', '=', 'links')
  return listOf((await (lock ? row.forUpdate() : row).executeTakeFirst())?.value)
}
