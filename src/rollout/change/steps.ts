import { OutgrowError } from '../../errors.ts'
import { changeStage } from '../postgres/stage.ts'
import { memoryFor, type StageMemory } from '../stage/memory.ts'
import { fileOf, postgresOf } from '../store/authority.ts'
import type { Parts } from '../store/parts.ts'
import { type SweepReport, sweepAll, sweepTouched } from '../store/sweep.ts'
import { alongWithSwap } from './along-with-swap.ts'
import { archiveFile } from './archive.ts'
import { beforeDeadline } from './deadline.ts'
import { arrangeFile } from './order.ts'
import type { UnderWay } from './under-way.ts'

/** One step of a change of stage. Those before `swap` can be given up without a trace; those after it are repeated by a restart. */
export interface Step {
  id: string
  title: string
  run: (change: UnderWay) => Promise<void>
}

const step = (id: string, title: string, run: Step['run']): Step => ({ id, title, run })

export const STEPS = {
  sweep: step('sweep', 'compare every record of both sides while writes go on', async (change) => {
    change.parts.touched.begin()
    const report = await sweepAll(change.parts)
    refuseDifferences(change.parts, report)
    change.figures.compared = report.records
  }),
  drainFirst: step('drain-first', 'push what is dirty, so that little is left to do while writes wait', ({ parts }) =>
    parts.relay.flush(),
  ),
  hold: step(
    'hold',
    'hold new writes (at most 2 s, then they are answered 503) and wait for those under way',
    async (change) => {
      change.heldAt = performance.now()
      change.release = await change.parts.gate.hold(change.parts.timing.hold)
    },
  ),
  drain: step('drain', 'push the last dirty keys until none is left', async ({ parts, heldAt }) => {
    await beforeDeadline(parts, heldAt, () => parts.relay.flush())
    const left =
      parts.present.rules.authority === 'file' ? fileOf(parts).log.size : (await postgresOf(parts).dirtyBacklog()).marks
    if (left > 0) throw notDrained(parts, left)
  }),
  verify: step('verify', 'compare again each record that was written since', async (change) => {
    const { parts, heldAt } = change
    const touched = parts.touched.gathered()
    const report = await beforeDeadline(parts, heldAt, () => sweepTouched(parts, touched))
    refuseDifferences(parts, report)
    change.figures.comparedUnderHold = report.records
  }),
  intend: step('intend', 'note beside the file what is about to be changed, durably', async ({ parts, request }) => {
    const changing = { to: request.to, epoch: parts.present.epoch + 1 }
    await fileOf(parts).memory.change((memory) => ({ ...kept(parts, memory), changing }))
  }),
  swap: step(
    'swap',
    'change stage and epoch in PostgreSQL: one transaction, compare-and-swap, on the audit log',
    async (change) => {
      change.swapping = true
      const { parts, from, request } = change
      const outcome = await postgresOf(parts).pool.use(async (connection) =>
        changeStage(connection, {
          name: parts.name,
          from,
          epoch: parts.present.epoch,
          to: request.to,
          by: request.by,
          why: request.why,
          patience: parts.timing.hold,
          figures: { ...change.figures, gates: change.gates.map(({ id, ok, value }) => ({ id, ok, value })) },
          also: (sql) => alongWithSwap(change, sql),
        }),
      )
      if (!outcome.changed) throw lostRace(parts, outcome.present?.stage)
      change.row = outcome.row
    },
  ),
  remember: step('remember', 'note beside the file what is in force now', async ({ parts, row, from, request }) => {
    if (row === undefined) return
    const backfill = from === 'off' && request.to === 'dualwrite'
    fileOf(parts).backfilling = backfill
    parts.present.adopt(row)
    await fileOf(parts).memory.change(() => memoryFor(parts.name, row, { backfill, behind: parts.behind }))
  }),
  forget: step('forget', 'drop the marks of dirty keys, which nobody will push', async ({ parts }) => {
    const { log } = fileOf(parts)
    await log.clearUpTo(log.pending(Number.POSITIVE_INFINITY))
  }),
  arrange: step(
    'arrange',
    'bring the records of each list in the file into their order in PostgreSQL',
    ({ parts, heldAt }) => beforeDeadline(parts, heldAt, () => arrangeFile(parts)),
  ),
  recheck: step('recheck', 'compare the last 1,000 changes once more before writes go on', async (change) => {
    const report = await sweepTouched(change.parts, change.parts.touched.last())
    refuseDifferences(change.parts, report)
    change.figures.rechecked = report.records
  }),
  archive: step('archive', 'keep the file as it is now, with its SHA-256', async (change) => {
    change.figures.archive = await archiveFile(change.parts)
  }),
  release: step('release', 'let writes go on', async (change) => {
    change.release?.()
    change.release = undefined
    if (change.heldAt !== undefined) change.figures.heldMs = Math.round(performance.now() - change.heldAt)
    change.parts.touched.end()
    change.parts.traffic.reset()
    change.parts.relay.ask()
  }),
} as const

/** What the owner remembers, without a change under way. */
export function kept(parts: Parts, memory: StageMemory | undefined): StageMemory {
  const { changing: _, ...rest } = memory ?? memoryFor(parts.name, parts.present.now)
  return rest
}

function refuseDifferences(parts: Parts, { differences, restless, listed }: SweepReport): void {
  if (differences === 0 && restless === 0) return
  const first = listed[0]
  const place = first && `${first.collection} ${first.key} (${first.kind})`
  const restlessly = restless > 0 ? ` ${restless} were written too often to be compared.` : ''
  throw new OutgrowError('differences', `File and PostgreSQL differ in ${differences} records.${restlessly}`, {
    ...(place !== undefined && { place }),
    next: `Repair the mirror: outgrow stage ${parts.name} --repair --by WHO --why TEXT. Then try again.`,
  })
}

function notDrained(parts: Parts, left: number): OutgrowError {
  return new OutgrowError('refused', `${left} keys are still dirty after the mirror was brought up to date.`, {
    place: parts.name,
    next: `Find who writes past outgrow, or look at the dead letters: outgrow stage ${parts.name}.`,
  })
}

function lostRace(parts: Parts, stage: string | undefined): OutgrowError {
  return new OutgrowError(
    'stale-epoch',
    `Somebody else changed the stage of "${parts.name}" to ${stage ?? 'nothing'}.`,
    {
      place: parts.name,
      next: `Look at it again: outgrow stage ${parts.name}.`,
    },
  )
}
