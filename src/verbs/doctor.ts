import { listStores } from '../journal/stores.ts'
import { connect } from '../postgres/connect.ts'
import { type Check, checkDisk, checkTarget } from '../postgres/preconditions.ts'
import type { Sql } from '../postgres/sql.ts'
import { examineStage } from '../rollout/change/examine.ts'
import type { Context } from './context.ts'

/** Free space that a backup folder should have when no store is named. */
const ROOM = 1 << 30

/** Everything that a run would be refused for, and what should be better: read from the server, nothing is written. */
export async function doctor(context: Context): Promise<{ checks: Check[] }> {
  const connection = await connect(context.url, { application: 'doctor' })
  try {
    const stages = await examineStages(connection)
    return { checks: [...(await checkTarget(connection)), await checkDisk(context.backups, ROOM), ...stages] }
  } finally {
    await connection.end()
  }
}

/** What stands out in the stores that are under way; nothing where outgrow keeps no books yet. */
async function examineStages(sql: Sql): Promise<Check[]> {
  const { rows } = await sql.query<{ known: boolean }>(`select to_regclass('outgrow.stage') is not null as known`)
  if (!rows[0]?.known) return []
  const checks: Check[] = []
  for (const { plan } of await listStores(sql)) checks.push(...(await examineStage(sql, plan)))
  return checks
}
