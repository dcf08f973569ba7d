import { OutgrowError } from '../../errors.ts'
import type { StageRow } from '../postgres/stage.ts'
import type { StageMemory } from './memory.ts'
import { FIRST_STAGE, type StageNow } from './present.ts'
import { STAGE_RULES } from './rules.ts'

/** What PostgreSQL says of a store's stage: its row, nothing, or no answer at all. */
export type Told = StageRow | undefined | 'away'

export interface Settled {
  now: StageNow
  /** All keys are to be marked dirty: what was marked may be lost, or was never. */
  backfill: boolean
  /** The file was made the authority while PostgreSQL was away, which is now to be told. */
  reconcile: boolean
}

/**
 * What is in force for the owner of a store, from what it remembers beside the file and what PostgreSQL says. The row is the
 * truth; the memory serves while PostgreSQL is away, and only where the file is the authority and no change was under way.
 * Throws `target-unreachable` where only PostgreSQL can tell, and `target-unsafe` where it cannot be the right database.
 */
export function settle(store: string, memory: StageMemory | undefined, told: Told): Settled {
  if (told === 'away') return { ...plain(fromMemoryAlone(store, memory)), backfill: memory?.backfill === true }
  if (memory?.glass !== undefined && told !== undefined && memory.epoch > told.epoch)
    return { now: memory, backfill: true, reconcile: true }
  if (told === undefined) {
    if (memory === undefined || memory.stage === 'off') return plain(memory ?? FIRST_STAGE)
    throw elsewhere(store, `it is in stage ${memory.stage} here, and that database has no stage for it`)
  }
  if (memory !== undefined && memory.epoch > told.epoch)
    throw elsewhere(store, `its epoch is ${memory.epoch} here, and only ${told.epoch} in that database`)
  return { ...plain(told), backfill: needsBackfill(memory, told) }
}

function plain(now: StageNow): Settled {
  return { now, backfill: false, reconcile: false }
}

/** Whether the marks of the log are complete: they are in the hands of an owner that made, or followed, every change. */
function needsBackfill(memory: StageMemory | undefined, row: StageRow): boolean {
  const { authority, mirror } = STAGE_RULES[row.stage]
  if (authority !== 'file' || mirror === undefined) return false
  if (memory === undefined) return true
  if (memory.epoch === row.epoch) return memory.backfill === true
  const isOurs = memory.changing?.epoch === row.epoch && memory.changing.to === row.stage
  // Out of `off` nothing was marked before; out of live the file was drained before the change.
  return !isOurs || memory.stage === 'off' || memory.backfill === true
}

function fromMemoryAlone(store: string, memory: StageMemory | undefined): StageNow {
  if (memory === undefined) throw unknown(store, 'nothing beside the file says in which stage it is')
  if (memory.changing !== undefined)
    throw unknown(store, `a change from ${memory.stage} to ${memory.changing.to} was under way`)
  if (STAGE_RULES[memory.stage].authority === 'file') return memory
  throw unknown(
    store,
    `PostgreSQL is the authority in stage ${memory.stage}`,
    `, or make the file the authority: outgrow stage ${store} shadow --without-postgres`,
  )
}

function unknown(store: string, why: string, or = ''): OutgrowError {
  return new OutgrowError('target-unreachable', `Store "${store}" cannot be opened without PostgreSQL: ${why}.`, {
    place: store,
    next: `Start PostgreSQL, or correct the database URL${or}.`,
  })
}

function elsewhere(store: string, why: string): OutgrowError {
  return new OutgrowError('target-unsafe', `Store "${store}" belongs to another database: ${why}.`, {
    place: store,
    next: 'Give the URL of the database in which it was migrated; one restored from a backup has to be migrated anew.',
  })
}
