import { connect } from '../postgres/connect.ts'
import { type Check, checkDisk, checkTarget } from '../postgres/preconditions.ts'
import type { Context } from './context.ts'

/** Free space that a backup folder should have when no store is named. */
const ROOM = 1 << 30

/** Everything that a run would be refused for, and what should be better: read from the server, nothing is written. */
export async function doctor(context: Context): Promise<{ checks: Check[] }> {
  const connection = await connect(context.url, { application: 'doctor' })
  try {
    return { checks: [...(await checkTarget(connection)), await checkDisk(context.backups, ROOM)] }
  } finally {
    await connection.end()
  }
}
