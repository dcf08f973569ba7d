import { isOutgrowError, OutgrowError } from '../../errors.ts'
import type { StageRow } from '../postgres/stage.ts'
import { recordEvidence } from '../stage/evidence.ts'
import { memoryFor } from '../stage/memory.ts'
import { settle } from '../stage/settle.ts'
import { postgresOf } from '../store/authority.ts'
import { markAll } from '../store/backfill.ts'
import type { Parts } from '../store/parts.ts'
import { askStage, askStageSettled } from '../store/told.ts'
import { announceOwner } from './announce.ts'
import { answerRequests } from './answer.ts'
import { reconcile } from './glass.ts'
import type { ChangeScene } from './under-way.ts'

/** Work that goes on beside the looks, one of each at a time. */
export interface Besides {
  announced: boolean
  answering: Promise<void> | undefined
  backfilling: Promise<void> | undefined
}

/**
 * Looks once at what PostgreSQL says of the store and follows it: takes over the stage, tells it of a broken glass, goes on
 * with a backfill, and does what is asked of the owner. Whatever fails is tried again at the next look.
 */
export async function look(scene: ChangeScene, besides: Besides): Promise<void> {
  const { parts } = scene
  try {
    const told = await (parts.unsettled ? askStageSettled : askStage)(parts.postgres, parts.name)
    if (told === 'away' || parts.postgres === undefined || parts.changing) return
    if (parts.file !== undefined) await reconcile(parts)
    if (told !== undefined) await follow(parts, told)
    if (parts.file === undefined) return
    await announce(parts, besides)
    goOn(scene, besides)
  } catch (error) {
    tell(parts, error, 'the stage could not be followed')
  }
}

/** Takes over the row that PostgreSQL has, if it is another than ours. */
async function follow(parts: Parts, row: StageRow): Promise<void> {
  const { present, file, name } = parts
  // Read before the reconciliation that has just been made.
  if (row.epoch < present.epoch) return
  const { now } = present
  const same =
    row.epoch === now.epoch && row.serveNew === now.serveNew && row.compare === now.compare && row.mirror === now.mirror
  if (same && !parts.unsettled) return
  if (file !== undefined) {
    const memory = await file.memory.read()
    const settled = settle(name, memory, row)
    const takesOver = present.rules.authority === 'file' && row.stage === 'live'
    if (takesOver && file.log.size > 0) throw unpushed(name, file.log.size)
    file.backfilling = settled.backfill
    const more = { backfill: settled.backfill, behind: parts.behind }
    await file.memory.change(() => memoryFor(name, row, more))
  }
  if (row.epoch !== now.epoch) parts.log.info({ stage: row.stage, epoch: row.epoch }, 'the stage is another one now')
  present.adopt(row)
  parts.unsettled = false
  parts.gate.shut(undefined)
}

function goOn(scene: ChangeScene, besides: Besides): void {
  const { parts } = scene
  besides.answering ??= answerRequests(scene)
    .catch((error: unknown) => tell(parts, error, 'a request could not be answered'))
    .finally(() => {
      besides.answering = undefined
    })
  if (parts.file?.backfilling !== true || parts.present.rules.mirror !== 'postgres') return
  besides.backfilling ??= backfill(parts)
    .catch((error: unknown) => tell(parts, error, 'the backfill will begin again'))
    .finally(() => {
      besides.backfilling = undefined
    })
}

async function backfill(parts: Parts): Promise<void> {
  const { keys } = await markAll(parts)
  const { pool } = postgresOf(parts)
  await recordEvidence(pool, { store: parts.name, kind: 'backfill', epoch: parts.present.epoch, figures: { keys } })
}

async function announce(parts: Parts, besides: Besides): Promise<void> {
  if (besides.announced || parts.file === undefined) return
  await announceOwner(postgresOf(parts).pool, parts.name, parts.file.owner)
  besides.announced = true
}

function tell(parts: Parts, error: unknown, message: string): void {
  const away = isOutgrowError(error, 'unavailable', 'target-unreachable')
  parts.log[away ? 'debug' : 'error']({ error: String(error) }, message)
}

function unpushed(store: string, keys: number): OutgrowError {
  return new OutgrowError(
    'target-unsafe',
    `PostgreSQL became the authority of "${store}" without ${keys} changed records.`,
    {
      place: store,
      next: 'Set the stage back to shadow in PostgreSQL, and change it with outgrow stage alone.',
    },
  )
}
