import { OutgrowError } from '../errors.ts'
import type { WriteAct } from './side.ts'

/** What a write under an idempotency key answered. Both sides keep these, and hand them over when the authority changes. */
export interface Answer {
  key: string
  requestHash: string
  /** JSON text; null when the act returned nothing. */
  response: string | null
  /** Milliseconds since 1970. */
  at: number
}

/** What a retry gets: the first answer as JSON gives it back. Throws `conflict` when the key came with another request. */
export function answerAgain({ idempotencyKey, requestHash = '' }: WriteAct, seen: Omit<Answer, 'key' | 'at'>): unknown {
  if (seen.requestHash === requestHash) return seen.response === null ? undefined : JSON.parse(seen.response)
  throw new OutgrowError('conflict', `The idempotency key "${idempotencyKey}" was used for another request.`, {
    ...(idempotencyKey !== undefined && { place: idempotencyKey }),
    next: 'Give each request a key of its own.',
  })
}

/** The answer as it is kept. */
export function responseOf(answer: unknown): string | null {
  return JSON.stringify(answer) ?? null
}

/** Throws `usage` for a key that not both sides can hold: PostgreSQL's text knows neither NUL nor half a character. */
export function refuseKeyText(key: string): void {
  if (key.isWellFormed() && !key.includes('\0')) return
  throw new OutgrowError('usage', `The idempotency key ${JSON.stringify(key)} is no text that every side can keep.`, {
    next: 'Use letters, digits and signs, as in a UUID.',
  })
}
