import type { Connection } from '../../postgres/connect.ts'
import { fenceTables, openFence } from '../postgres/fence.ts'
import { readAnswers, writeAnswers } from '../postgres/idempotency.ts'
import { STAGE_RULES } from '../stage/rules.ts'
import { fileOf } from '../store/authority.ts'
import { arrangePostgres } from './order.ts'
import type { UnderWay } from './under-way.ts'

/** What belongs into the very transaction that changes the stage, because writes of the new epoch rely on it. */
export async function alongWithSwap(change: UnderWay, sql: Connection): Promise<void> {
  const { parts, from, request } = change
  const { plan, name } = parts
  const before = STAGE_RULES[from]
  const after = STAGE_RULES[request.to]
  if (before.mirror === undefined) await fenceTables(sql, plan)
  // Nobody mirrors any more, so the tables are open; but a push of the former epoch that comes late is still kept out.
  if (after.mirror === undefined) await openFence(sql, plan)
  if (before.authority === 'file' && after.authority === 'postgres') {
    await declareMirror(sql, parts.present.epoch + 1)
    await arrangePostgres(parts, sql)
    // A retry that comes after the change gets the answer that was given before it.
    await writeAnswers(sql, name, [...fileOf(parts).answers.all()])
  }
  if (before.authority === 'postgres' && after.authority === 'file') {
    // Only now, under the lock, nobody writes any more: what another process wrote since the drain is pushed still.
    await parts.relay.flush()
    await fileOf(parts).answers.adopt(await readAnswers(sql, name))
  }
  // Drained, and compared: what is marked now is of nobody's concern.
  await sql.query('delete from outgrow.dirty where store = $1::text', [name])
}

async function declareMirror(sql: Connection, epoch: number): Promise<void> {
  await sql.query(`select set_config('outgrow.epoch', $1::text, true), set_config('outgrow.writer', 'mirror', true)`, [
    String(epoch),
  ])
}
