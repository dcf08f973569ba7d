import type { Stage } from '../postgres/stage.ts'
import type { SideName } from '../stage/rules.ts'

/** A staged store as one process sees it now: for health checks, metrics and `outgrow stage`. */
export interface StageStatus {
  store: string
  stage: Stage
  epoch: number
  authority: SideName
  mirror: SideName | undefined
  /** This process is the one that may write the file. */
  owner: boolean
  /** Writes wait, since the stage is being changed. */
  held: boolean
  /** Why no write is taken at all; undefined when they are. */
  refused: string | undefined
  /** Keys whose record the mirror does not have yet, and since how many seconds the oldest waits. */
  dirty: { keys: number; age: number }
  /** All keys of the store are still being marked for the mirror. */
  backfilling: boolean
  /** Reads that the other side answered because the one that should have was away. */
  fallbackReads: number
  /** Reads that were compared with the other side, and the differences that stood when the key was clean. */
  compares: { done: number; differences: number; skipped: number }
  postgres: 'closed' | 'open' | 'half-open' | undefined
}
