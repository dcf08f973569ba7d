import { setTimeout as delay } from 'node:timers/promises'
import type { ClientLog } from './client-log.ts'
import type { Figures } from './figures.ts'
import { type Answer, type Call, type Connection, isFailure } from './http.ts'
import { type Item, isItem, markOf } from './item.ts'
import { type Failure, type Intent, isWrite, type Outcome } from './operation.ts'

export interface Patience {
  /** Times that an operation is sent at most. */
  attempts: number
  /** Milliseconds before it is sent again, doubling up to `mostPause`; the service's Retry-After counts where it is less. */
  pause: number
  mostPause: number
}

export const PATIENCE: Patience = { attempts: 10, pause: 20, mostPause: 1000 }

export interface Ended {
  outcome: Outcome
  status: number | undefined
  items: Item[]
}

/**
 * Carries one operation out: sends it until the service gives its last word, always under the same idempotency key, and puts
 * everything on record. What it has no answer to in the end is `unknown`.
 */
export async function carryOut(
  intent: Intent,
  means: { connection: Connection; log: ClientLog; figures: Figures; patience: Patience },
): Promise<Ended> {
  const { connection, log, figures, patience } = means
  const { seq } = intent
  const call = callOf(intent)
  const start = performance.now()
  log.write({ sent: intent, at: start })
  for (let attempt = 1; attempt <= patience.attempts; attempt++) {
    const answer = await connection.call(call)
    const at = performance.now()
    if (!isFailure(answer)) {
      const ended = endedBy(answer)
      log.write({ ended: seq, at, outcome: ended.outcome, status: answer.status, items: ended.items })
      figures.done(intent.kind, at - start)
      return ended
    }
    log.write({ failed: seq, at, failure: answer })
    figures.failed(answer)
    if (attempt < patience.attempts) await delay(pauseAfter(answer, attempt, patience))
  }
  log.write({ ended: seq, at: performance.now(), outcome: 'unknown' })
  figures.gaveUp(intent.kind)
  return { outcome: 'unknown', status: undefined, items: [] }
}

function pauseAfter({ retryAfter }: Failure, attempt: number, { pause, mostPause }: Patience): number {
  const doubled = Math.min(mostPause, pause * 2 ** (attempt - 1))
  const asked = Number(retryAfter) * 1000
  return Number.isFinite(asked) && asked < doubled ? asked : doubled
}

const ITEMS = '/api/items'

function callOf(intent: Intent): Call {
  const { kind, id = '', body, client, seq } = intent
  const key = isWrite(intent) ? { idempotencyKey: markOf(client, seq) } : {}
  const one = `${ITEMS}/${encodeURIComponent(id)}`
  switch (kind) {
    case 'get':
      return { method: 'GET', path: one }
    case 'list':
      return { method: 'GET', path: `${ITEMS}?limit=20` }
    case 'stats':
      return { method: 'GET', path: `${ITEMS}/stats` }
    case 'post':
    case 'bad':
      return { method: 'POST', path: ITEMS, body, ...key }
    case 'put':
      return { method: 'PUT', path: one, body, ...key }
    case 'delete':
      return { method: 'DELETE', path: one, ...key }
  }
}

function endedBy({ status, body }: Answer): Ended {
  return { outcome: status < 400 ? 'done' : 'refused', status, items: itemsIn(body) }
}

/** The records in an answer: `data` is one, or a list of them. */
export function itemsIn(body: unknown): Item[] {
  if (typeof body !== 'object' || body === null || !('data' in body)) return []
  return (Array.isArray(body.data) ? body.data : [body.data]).filter(isItem)
}
