import { join } from 'node:path'
import { AnswerLog } from '../../src/rollout/file/answer-log.ts'
import { becomeOwner } from '../../src/rollout/file/owner.ts'
import { FileSide } from '../../src/rollout/file/side.ts'
import { FileStore } from '../../src/rollout/file/store.ts'
import type { WriteAct } from '../../src/rollout/side.ts'
import { sidePlan } from '../contract/side-plan.ts'

/**
 * A process that owns the store in argv[2] and counts a record up as fast as it can, from argv[3], each time under a key
 * of its own, and tells both. Every third time it writes something without a key as well.
 */
async function main(path: string, from: number): Promise<void> {
  const owner = await becomeOwner(path)
  const answers = await AnswerLog.open(join(owner.folder, 'answers.log'), { compactAt: 2000 })
  const store = await FileStore.open({ path: owner.path, plan: sidePlan, answers })
  const side = new FileSide({ store, plan: sidePlan, epoch: () => 1 })
  const act: WriteAct = { epoch: 1, as: 'authority' }
  for (let turn = from; ; turn++) {
    const votes = await side.transaction({ ...act, idempotencyKey: `turn ${turn}` }, async (tx) => {
      const next = (((await tx.get('ideas', '"a"'))?.votes as number | undefined) ?? 0) + 1
      await tx.put('ideas', '"a"', { id: 'a', votes: next })
      return next
    })
    process.stdout.write(`${turn} ${votes} ${[...answers.doubtful()].length} ${answers.damaged}\n`)
    if (turn % 3 === 0) await side.transaction(act, (tx) => tx.put('ideas', '"b"', { id: 'b', votes: turn }))
  }
}

await main(process.argv[2] ?? '', Number(process.argv[3]))
