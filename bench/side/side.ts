import { silent } from '../../src/log.ts'
import { openPgSide } from '../../src/rollout/postgres/side.ts'
import type { WriteAct } from '../../src/rollout/side.ts'
import type { Plan } from '../../src/schema/plan.ts'
import type { Contender } from './contender.ts'
import { idea } from './ideas.ts'

/** The same through PostgreSQL as a side of a store. */
export function throughSide(name: string, url: string, plan: Plan, sessions: number): Contender {
  const act: WriteAct = { epoch: 1, as: 'authority', isUnfenced: name === 'complete' }
  const side = openPgSide({ database: url, plan, log: silent, sessions })
  const keyOf = (id: string): string => JSON.stringify(id)
  return {
    name,
    get: (id) => side.get('ideas', keyOf(id)),
    list: () => side.find('ideas', { order: [{ by: 'createdAt', descending: true }], limit: 50 }),
    page: (n) => side.find('ideas', { limit: 50, offset: n }),
    insert: async (id, n) => {
      if (!(await side.insert(act, 'ideas', idea(id, n), keyOf(id)))) throw new Error(`${id} is taken`)
    },
    update: (id) => side.update(act, 'ideas', keyOf(id), (known) => ({ ...known, votes: (known.votes as number) + 1 })),
    transact: (id) =>
      side.transaction(act, async (tx) => {
        const key = keyOf(id)
        const known = await tx.get('ideas', key)
        const next = { ...known, id, votes: (known?.votes as number) + 1 }
        await tx.put('ideas', key, next)
        return next
      }),
    end: () => side.close(),
  }
}
