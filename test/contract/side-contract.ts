import { afterEach, describe } from 'vitest'
import type { Side } from '../../src/rollout/side.ts'
import { answerContract } from './side-answers.ts'
import { keyContract } from './side-keys.ts'
import { orderContract } from './side-order.ts'
import { queryContract } from './side-queries.ts'
import type { Start } from './side-start.ts'
import { transactionContract } from './side-transactions.ts'
import { valueContract } from './side-values.ts'

/** A side that is open, holds nothing yet, keeps answers to idempotency keys, and follows `sidePlan`. */
export interface OpenedSide {
  side: Side
  /** The epoch now in force, at least 1: what writes under it is let through. */
  epoch: number
  close(): Promise<void>
}

/** What every side, and later every stage, does alike. `open` is called once a test, for an empty side of its own. */
export function sideContract(name: string, open: () => Promise<OpenedSide>): void {
  let opened: OpenedSide | undefined
  const start: Start = async () => {
    opened = await open()
    return { side: opened.side, act: { epoch: opened.epoch, as: 'authority' } }
  }

  describe(`${name}, as every side,`, () => {
    afterEach(async () => {
      await opened?.close()
      opened = undefined
    })
    valueContract(start)
    transactionContract(start)
    answerContract(start)
    keyContract(start)
    queryContract(start)
    orderContract(start)
  })
}
