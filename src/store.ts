/** `outgrow/store`: the staged store, for the service that embeds it. */
export { type ErrorCode, isOutgrowError, OutgrowError } from './errors.ts'
export type { Logger } from './log.ts'
export { DEFAULT_THRESHOLDS, type Thresholds } from './rollout/change/thresholds.ts'
export { type FlagClient, proposalFrom } from './rollout/flags/proposal.ts'
export { StageProvider } from './rollout/flags/provider.ts'
export { openStore } from './rollout/open.ts'
/** An error of `pg` in the words that every side shares: `unavailable`, `conflict`, `refused`, `stale-epoch`. */
export { sideError as storeError } from './rollout/postgres/error.ts'
/** What a search and an order mean, for a service that goes on with SQL or memory of its own. */
export { compareText } from './rollout/query/order.ts'
export { runQuery } from './rollout/query/run.ts'
export { containsText, lowerCase, searchPattern } from './rollout/query/text.ts'
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
