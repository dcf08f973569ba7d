import { afterAll, beforeAll, describe } from 'vitest'
import type { Staged } from '../../src/rollout/open.ts'
import { STAGES, type Stage } from '../../src/rollout/postgres/stage.ts'
import type { Change, Side } from '../../src/rollout/side.ts'
import { authorityOf } from '../../src/rollout/store/authority.ts'
import { counting, finding, getting, read } from '../../src/rollout/store/reads.ts'
import { write } from '../../src/rollout/store/writes.ts'
import { goTo, openStagedLab, type StagedLab } from '../helpers/staged.ts'
import { sideContract } from './side-contract.ts'

/** The staged store as one side: reads and writes go the way that a service's go, whatever stage it is in. */
function asSide({ scene }: Staged): Side {
  const { parts, comparer } = scene
  const put =
    (changes: readonly Change[]): Parameters<Side['transaction']>[1] =>
    async (tx) => {
      for (const { collection, key, record } of changes)
        await (record === undefined ? tx.remove(collection, key) : tx.put(collection, key, record))
    }
  const transaction: Side['transaction'] = (act, fn) => {
    // An act under another epoch is what a process has that was away during the change.
    if (act.epoch !== parts.present.epoch || act.as === 'mirror') return authorityOf(parts).transaction(act, fn)
    const { idempotencyKey, requestHash } = act
    const key = idempotencyKey === undefined ? {} : { idempotencyKey }
    return write(parts, { ...key, ...(requestHash !== undefined && { request: requestHash }) }, fn)
  }
  return {
    get: (collection, key) => read(parts, comparer, getting(collection, key)),
    find: (collection, query) => read(parts, comparer, finding(collection, query)),
    count: (collection, query) => read(parts, comparer, counting(collection, query)),
    transaction,
    apply: async (changes, act) => {
      if (act.as === 'mirror') await authorityOf(parts).apply(changes, act)
      else await transaction(act, put(changes))
    },
    keys: (collection) => authorityOf(parts).keys(collection),
    contents: () => authorityOf(parts).contents(),
    close: async () => {},
  }
}

async function empty(side: Side, epoch: number, collections: string[]): Promise<void> {
  const changes: Change[] = []
  for (const collection of collections)
    for await (const keys of side.keys(collection))
      for (const key of keys) changes.push({ collection, key, record: undefined })
  await side.apply(changes, { epoch, as: 'authority' })
}

describe.each([...STAGES])('In stage %s', (stage: Stage) => {
  let lab: StagedLab
  let staged: Staged

  beforeAll(async () => {
    lab = await openStagedLab()
    staged = await lab.open()
    await goTo(staged, stage)
  })

  afterAll(async () => {
    await staged.store.close()
    await lab.close()
  })

  sideContract('the store', async () => {
    const side = asSide(staged)
    const { epoch } = staged.scene.parts.present
    await empty(side, epoch, ['ideas', 'systems', 'settings'])
    return { side, epoch, close: async () => {} }
  })
})
