import { isOutgrowError, OutgrowError } from '../../errors.ts'
import { isConnectionLost } from '../../postgres/sqlstate.ts'
import { changeStage, type Stage } from '../postgres/stage.ts'
import { recordEvidence } from '../stage/evidence.ts'
import { memoryFor } from '../stage/memory.ts'
import { STAGE_RULES } from '../stage/rules.ts'
import { fileOf, postgresOf } from '../store/authority.ts'
import { lookAround } from './gate-sight.ts'
import { checkGates } from './gates.ts'
import { kept } from './steps.ts'
import { nextStages, stepsOf } from './transitions.ts'
import type { ChangeOutcome, ChangeRequest, ChangeScene, UnderWay } from './under-way.ts'

/**
 * Changes the stage of a store, in the process that owns its file: one step forward, if every gate is green, or one step
 * back. Until the swap it can fail without a trace, and writes go on under the old stage; the swap is one transaction; what
 * follows it is done again by a restart. Returns the checklist when a gate is red, and the steps alone for a dry run.
 */
export async function changeTo(scene: ChangeScene, request: ChangeRequest): Promise<ChangeOutcome> {
  const { parts } = scene
  const { stage: from, epoch } = parts.present
  if (request.to === from) return { outcome: 'unchanged', stage: from, epoch }
  const steps = stepsOf(from, request.to)
  if (steps === undefined) throw noStep(parts.name, from, request.to)
  const isForward = STAGE_RULES[from].forward === request.to
  const gates = isForward && !scene.isRehearsal ? await checkGates(request.to, await lookAround(scene, request)) : []
  if (request.dryRun)
    return { outcome: 'dry-run', from, to: request.to, gates, steps: steps.map(({ id, title }) => ({ id, title })) }
  if (gates.some(({ ok }) => !ok)) return { outcome: 'refused', from, to: request.to, gates }
  const change: UnderWay = {
    ...scene,
    request,
    from,
    gates,
    release: undefined,
    heldAt: undefined,
    swapping: false,
    row: undefined,
    figures: {},
  }
  parts.changing = true
  try {
    for (const step of steps) {
      parts.log.debug({ step: step.id }, step.title)
      await step.run(change)
      parts.failpoint(`change-${request.to}-${step.id}`)
    }
  } catch (error) {
    throw await giveUp(change, error)
  } finally {
    change.release?.()
    parts.touched.end()
    parts.changing = false
  }
  await recordCutover(change)
  return { outcome: 'changed', from, to: request.to, epoch: parts.present.epoch, gates, figures: change.figures }
}

/** Leaves the store in one of the two stages, whole, or shut until PostgreSQL says in which. */
async function giveUp(change: UnderWay, error: unknown): Promise<unknown> {
  const { parts, row, request, from } = change
  if (row === undefined) {
    if (!change.swapping || !isLost(error)) await forgetIntent(change)
    else parts.shutUntilSettled(`the outcome of its change from ${from} to ${request.to} is not known yet`)
    return error
  }
  if (!isOutgrowError(error, 'differences')) {
    parts.shutUntilSettled(`its change from ${from} to ${request.to} was cut short`)
    return error
  }
  // Nothing was written since the swap: the former stage holds all there is.
  const outcome = await postgresOf(parts).pool.use((connection) =>
    changeStage(connection, {
      name: parts.name,
      from: request.to,
      epoch: row.epoch,
      to: from,
      by: request.by,
      why: `the check after the change failed: ${error instanceof Error ? error.message : String(error)}`,
    }),
  )
  if (!outcome.changed) parts.shutUntilSettled('somebody else changed its stage meanwhile')
  else await adopt(change, outcome.row)
  return error
}

async function adopt(change: UnderWay, row: NonNullable<UnderWay['row']>): Promise<void> {
  const { parts } = change
  parts.present.adopt(row)
  await fileOf(parts).memory.change(() => memoryFor(parts.name, row, { behind: parts.behind }))
}

/** The swap did not happen. */
async function forgetIntent({ parts }: UnderWay): Promise<void> {
  await parts.file?.memory.change((memory) => kept(parts, memory))
}

/** The connection went, or may have gone, while the swap was committed. */
function isLost(error: unknown): boolean {
  return isConnectionLost(error) || isOutgrowError(error, 'unavailable')
}

async function recordCutover({ parts, from, request, figures }: UnderWay): Promise<void> {
  const { pool } = postgresOf(parts)
  const { epoch } = parts.present
  const entry = { from, to: request.to, ...figures }
  await recordEvidence(pool, { store: parts.name, kind: 'cutover', epoch, figures: entry })
}

function noStep(store: string, from: Stage, to: Stage): OutgrowError {
  const may = nextStages(from)
  return new OutgrowError(
    'refused',
    `Store "${store}" cannot go from ${from} to ${to}: a stage is changed one step at a time.`,
    {
      place: store,
      next:
        may.length > 0
          ? `From ${from} it can go to ${may.join(' or ')}.`
          : `From ${from} there is no way but outgrow export ${store}.`,
    },
  )
}
