/**
 * The Idea Bank with one guard of the staged store taken out, by MISSING: for the positive controls of the fault suite, which
 * must find it out. The store itself has no switch for this; what is taken out here is taken out of its parts by hand.
 */
import { randomUUID } from 'node:crypto'
import { buildApp } from '../../../services/idea-bank/app.ts'
import { failing } from '../../../services/idea-bank/failpoint.ts'
import { readSettings } from '../../../services/idea-bank/settings.ts'
import { planFor } from '../../../services/idea-bank/shape.ts'
import { stagedStore } from '../../../services/idea-bank/staged-store.ts'
import type { DirtyLog } from '../../../src/rollout/file/dirty-log.ts'
import { openStaged, type Staged } from '../../../src/rollout/open.ts'

/** By name, what is missing. */
const MISSING: Record<string, (staged: Staged) => void> = {
  /** Nothing is marked dirty. */
  mark: ({ scene }) => {
    Object.assign(logOf(scene), { mark: async () => undefined })
  },
  /** Keys are marked only after the file has been written. */
  order: ({ scene }) => {
    const log = logOf(scene)
    const [mark, reveal] = [log.mark.bind(log), log.reveal.bind(log)]
    let waiting: Parameters<DirtyLog['mark']>[0] = []
    Object.assign(log, {
      mark: async (keys: typeof waiting) => {
        waiting = keys
        return 0
      },
      reveal: () => void mark(waiting).then(reveal),
    })
  },
  /** In live the file answers for keys that it may not have. */
  clean: ({ scene }) => {
    Object.assign(scene.parts.unclean, { has: () => false, hasAny: () => false })
    Object.assign(scene.parts.relay, { isServed: () => true })
  },
  nothing: () => {},
}

function logOf({ parts }: Staged['scene']): DirtyLog {
  if (parts.file === undefined) throw new Error('the file is not ours')
  return parts.file.log
}

const { port, host, file = '', database, gates, failpoint } = readSettings(process.env)
const staged = await openStaged({
  ...{ name: 'idea-bank', file, plan: await planFor(['ideas', 'lastId']), gates },
  ...(database !== undefined && { database }),
  failpoint: failing(failpoint, () => process.kill(process.pid, 'SIGKILL')),
})
MISSING[process.env.MISSING ?? 'nothing']?.(staged)
const app = await buildApp({ store: stagedStore(staged.store, 'ideas', randomUUID), clock: () => new Date() })
await app.listen({ port, host })
