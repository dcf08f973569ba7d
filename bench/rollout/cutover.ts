import { isOutgrowError } from '../../src/errors.ts'
import { stageChange } from '../../src/verbs/stage.ts'
import type { Server } from '../server.ts'
import { CONTENDERS } from './contenders.ts'
import { load } from './measure.ts'
import { NAME, withService } from './running.ts'

/** A change of authority while clients write. */
export interface Cutover {
  to: 'live' | 'shadow'
  /** Milliseconds for which writes were held; undefined when it was given up, and nothing changed. */
  heldMs: number | undefined
  /** Answers other than success, in all the clients' time. */
  errors: number
  answers: number
}

/** Seconds before the operator acts, so that the clients are at it. */
const BEFORE = 1

/** From shadow to live and back, each under updates by so many clients. */
export async function cutovers(
  server: Server,
  { records, clients, seconds }: { records: number; clients: number; seconds: number },
): Promise<Cutover[]> {
  const shadow = CONTENDERS.find(({ name }) => name === 'shadow')
  if (shadow === undefined) return []
  const cutovers: Cutover[] = []
  await withService(server, shadow, records, async ({ url, context, file }) => {
    for (const to of ['live', 'shadow'] as const) {
      const loaded = load({ url, operation: 'update', clients, seconds, records })
      await new Promise((resolve) => setTimeout(resolve, BEFORE * 1000))
      const heldMs = await heldFor(() =>
        stageChange(context, NAME, { to, by: 'bench', why: 'bench', dryRun: false }, { file }),
      )
      const { answers, errors } = await loaded
      cutovers.push({ to, heldMs, answers, errors })
      if (heldMs === undefined) return
    }
  })
  return cutovers
}

async function heldFor(change: () => ReturnType<typeof stageChange>): Promise<number | undefined> {
  try {
    const report = await change()
    return report.outcome === 'changed' ? Number(report.figures.heldMs) : undefined
  } catch (error) {
    // It would have held writes for too long, or a key was written too often to be compared: it is for the report to say.
    if (isOutgrowError(error, 'locked', 'differences')) return undefined
    throw error
  }
}
