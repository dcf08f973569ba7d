import type { StageStatus } from '../../src/rollout/store/status.ts'

/** A store in stage `off` with nothing to tell. */
export const DEFAULT_STATUS: StageStatus = {
  store: 'idea-bank',
  stage: 'off',
  epoch: 1,
  authority: 'file',
  mirror: undefined,
  owner: true,
  held: false,
  refused: undefined,
  dirty: { keys: 0, age: 0 },
  backfilling: false,
  fallbackReads: 0,
  compares: { done: 0, differences: 0, skipped: 0 },
  postgres: undefined,
}
