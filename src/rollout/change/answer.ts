import { isOutgrowError } from '../../errors.ts'
import { appendAudit } from '../../journal/audit.ts'
import { inTransaction } from '../../postgres/transaction.ts'
import { setStageSettings } from '../postgres/stage.ts'
import { answerRequest, openRequests, type StageAsk } from '../stage/requests.ts'
import { postgresOf } from '../store/authority.ts'
import type { Parts } from '../store/parts.ts'
import { changeTo } from './change.ts'
import { describeStage } from './describe.ts'
import { repairStore, verifyStore } from './repair.ts'
import type { ChangeScene } from './under-way.ts'

/** Does what is asked of the owner of a store. */
export async function answerAsk(scene: ChangeScene, ask: StageAsk): Promise<unknown> {
  const { parts } = scene
  switch (ask.act) {
    case 'change':
      return changeTo(scene, ask)
    case 'show':
      return describeStage(scene)
    case 'verify':
      return verifyStore(parts, ask.by)
    case 'repair':
      return repairStore(parts, ask.by, ask.why)
    case 'set':
      return setSettings(parts, ask)
  }
}

/** Requests older than this, in seconds, are left: whoever asked has gone. */
const REQUEST_AGE = 60

/** Answers what was asked by row, oldest first. An error is an answer too. */
export async function answerRequests(scene: ChangeScene): Promise<void> {
  const { pool } = postgresOf(scene.parts)
  for (const { id, ask } of await openRequests(pool, scene.parts.name, REQUEST_AGE))
    await answerRequest(pool, id, await outcomeOf(() => answerAsk(scene, ask)))
}

/** An outcome, or the error in its place, as the asker can read it. */
export type Answered =
  | { done: unknown }
  | { error: { code: string; message: string; place?: string | undefined; next?: string | undefined } }

async function outcomeOf(act: () => Promise<unknown>): Promise<Answered> {
  try {
    return { done: await act() }
  } catch (error) {
    if (!isOutgrowError(error)) return { error: { code: 'failure', message: String(error) } }
    const { code, message, place, next } = error
    return { error: { code, message, place, next } }
  }
}

/** Shares of reads and the mode of the mirror change within a stage; the epoch stays. */
async function setSettings(parts: Parts, ask: StageAsk & { act: 'set' }): Promise<unknown> {
  const { by, act: _, ...settings } = ask
  const entry = {
    actor: by,
    act: 'stage-settings',
    subject: parts.name,
    store: parts.name,
    figures: settings,
    outcome: 'done',
  } as const
  const row = await postgresOf(parts).pool.use(async (connection) => {
    const set = await setStageSettings(connection, parts.name, settings)
    await inTransaction(connection, (sql) => appendAudit(sql, entry))
    return set
  })
  await parts.lookAgain()
  return row
}
