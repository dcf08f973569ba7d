import { join } from 'node:path'
import { isOutgrowError } from '../../src/errors.ts'
import { DirtyLog } from '../../src/rollout/file/dirty-log.ts'
import { becomeOwner } from '../../src/rollout/file/owner.ts'
import { FileSide } from '../../src/rollout/file/side.ts'
import { FileStore } from '../../src/rollout/file/store.ts'
import { sidePlan } from '../contract/side-plan.ts'

/** A process that owns the store in argv[2] and counts a record up as fast as it can, telling each count on disk. */
async function main(path: string): Promise<void> {
  const owner = await becomeOwner(path, { onRequest: async ({ ask, body }) => ({ ask, body }) })
  process.stdout.write('owner\n')
  const marks = await DirtyLog.open(join(owner.folder, 'dirty.log'))
  const store = await FileStore.open({ path: owner.path, plan: sidePlan, marks })
  const side = new FileSide({ store, plan: sidePlan, epoch: () => 1 })
  for (;;) {
    const votes = await side.transaction({ epoch: 1, as: 'authority' }, async (tx) => {
      const next = (((await tx.get('ideas', '"a"'))?.votes as number | undefined) ?? 0) + 1
      await tx.put('ideas', '"a"', { id: 'a', votes: next })
      await tx.put('ideas', `"n${next % 50}"`, { id: `n${next % 50}`, votes: next })
      return next
    })
    process.stdout.write(`${votes}\n`)
  }
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  if (!isOutgrowError(error)) throw error
  process.stdout.write(`${JSON.stringify({ code: error.code, message: error.message })}\n`)
  process.exitCode = error.exit
})
