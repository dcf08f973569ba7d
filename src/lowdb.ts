/** `outgrow/lowdb`: the staged store for an application that keeps its LowDB code. */
export { type ErrorCode, isOutgrowError, OutgrowError } from './errors.ts'
export type { Logger } from './log.ts'
export { type LowdbAdapter, lowdbAdapter } from './rollout/lowdb/open.ts'
export type { JsonRecord } from './rollout/side.ts'
export type { StageProposal, StoreOptions } from './rollout/store/api.ts'
export type { StageStatus } from './rollout/store/status.ts'
export type { Timing } from './rollout/store/timing.ts'
