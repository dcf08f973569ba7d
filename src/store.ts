/** `outgrow/store`: the staged store, for the service that embeds it. */
export { type ErrorCode, isOutgrowError, OutgrowError } from './errors.ts'
export type { Logger } from './log.ts'
export type { Thresholds } from './rollout/change/thresholds.ts'
export { openStore } from './rollout/open.ts'
export type { Condition, Json, JsonRecord, Query, Scalar, Where } from './rollout/side.ts'
export type {
  Collection,
  ReadOptions,
  Records,
  StageProposal,
  Store,
  StoreOptions,
  Transaction,
  Whole,
  WriteOptions,
} from './rollout/store/api.ts'
export type { StageStatus } from './rollout/store/status.ts'
export type { Timing } from './rollout/store/timing.ts'
