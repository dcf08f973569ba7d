import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorCode, OutgrowError } from '../errors.ts'
import type { Sql } from '../postgres/sql.ts'
import type { Answered } from '../rollout/change/answer.ts'
import { postRequest, readAnswer, type StageAsk, withdrawRequest } from '../rollout/stage/requests.ts'

/** How long the owner may take, and the pause between two looks for its answer, in milliseconds. */
const PATIENCE = 60_000
const PAUSE = 100

/** Asks the owner of a store by a row, which wakes it, and waits for its answer. Its refusals are thrown as it gave them. */
export async function askByRow(sql: Sql, store: string, ask: StageAsk): Promise<unknown> {
  const id = await postRequest(sql, store, ask)
  const until = performance.now() + PATIENCE
  for (;;) {
    const answer = (await readAnswer(sql, id)) as Answered | undefined
    if (answer !== undefined) return settled(answer)
    if (performance.now() > until && (await withdrawRequest(sql, id))) throw silent(store)
    await delay(PAUSE)
  }
}

function settled(answer: Answered): unknown {
  if ('done' in answer) return answer.done
  const { code, message, place, next } = answer.error
  throw new OutgrowError(code as ErrorCode, message, {
    ...(place !== undefined && { place }),
    ...(next !== undefined && { next }),
  })
}

function silent(store: string): OutgrowError {
  return new OutgrowError('unavailable', `The process that owns the file of store "${store}" gives no answer.`, {
    place: store,
    next: 'Nothing was changed. See whether the service runs, and reaches the database.',
  })
}
