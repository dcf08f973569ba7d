import type { Item, Payload } from './item.ts'

/** `bad` is a POST that must be refused. */
export const KINDS = ['get', 'list', 'stats', 'post', 'put', 'delete', 'bad'] as const
export type Kind = (typeof KINDS)[number]

/** What a client is about to do. */
export interface Intent {
  client: string
  /** Its number among the client's operations, from 1. */
  seq: number
  kind: Kind
  id?: string
  body?: Payload
}

/** Why an attempt brought no answer, or not the last word. */
export interface Failure {
  kind: 'timeout' | 'reset' | 'refused' | 'status' | 'unreadable'
  status?: number
  retryAfter?: string
}

/**
 * `done` and `refused` (a 4xx, which changes nothing) are what the service said; `unknown` is all else: the operation may
 * have happened, may happen yet, or never.
 */
export type Outcome = 'done' | 'refused' | 'unknown'

/** An operation as its client saw it. Times are milliseconds of one clock that never goes back. */
export interface Operation extends Intent {
  start: number
  /** Infinity when the outcome is unknown. */
  end: number
  outcome: Outcome
  status: number | undefined
  /** Times that it was sent, always under the same idempotency key. */
  attempts: number
  failures: Failure[]
  /** The records in the answer. */
  items: Item[]
}

export function isWrite({ kind }: Intent): boolean {
  return kind === 'post' || kind === 'put' || kind === 'delete' || kind === 'bad'
}
