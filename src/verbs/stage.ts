import { hostname } from 'node:os'
import { isOutgrowError, OutgrowError } from '../errors.ts'
import { ensureBookkeeping } from '../journal/bookkeeping.ts'
import { lastRun } from '../journal/runs.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { knownOwner } from '../rollout/change/announce.ts'
import { answerAsk } from '../rollout/change/answer.ts'
import type { StageDescription } from '../rollout/change/describe.ts'
import type { Thresholds } from '../rollout/change/thresholds.ts'
import type { ChangeOutcome } from '../rollout/change/under-way.ts'
import { openStaged } from '../rollout/open.ts'
import { ensureStage } from '../rollout/postgres/stage.ts'
import type { StageAsk } from '../rollout/stage/requests.ts'
import type { SweepReport } from '../rollout/store/sweep.ts'
import type { Plan } from '../schema/plan.ts'
import { askByRow } from './ask-by-row.ts'
import type { Context } from './context.ts'
import { storedPlan } from './stored-plan.ts'

export interface StageOptions {
  /** The file, where it is not where its last owner, or else the last run, had it. */
  file?: string
  gates?: Partial<Thresholds>
}

/** Where a store stands, what it did, and what keeps it from the next stage. Changes nothing. */
export async function stageShow(context: Context, name: string, options: StageOptions = {}): Promise<StageDescription> {
  return (await askOwnerOf(context, name, { act: 'show' }, options)) as StageDescription
}

/**
 * Changes the stage of a store by one step. The process that owns the file does it: the running service, asked by a row that
 * wakes it, or this one when none runs. A red gate is an outcome, with the whole checklist; so is a dry run.
 */
export async function stageChange(
  context: Context,
  name: string,
  change: Omit<StageAsk & { act: 'change' }, 'act'>,
  options: StageOptions = {},
): Promise<ChangeOutcome> {
  return (await askOwnerOf(context, name, { act: 'change', ...change }, options)) as ChangeOutcome
}

/** Compares every record of both sides while the service runs, and puts the outcome on record for the gates. */
export async function stageVerify(context: Context, name: string, options: StageOptions = {}): Promise<SweepReport> {
  return (await askOwnerOf(context, name, { act: 'verify', by: context.actor }, options)) as SweepReport
}

/** Makes the mirror like the authority where they differ, never the other way; each pair is on the audit log. */
export async function stageRepair(
  context: Context,
  name: string,
  act: { by: string; why: string },
  options: StageOptions = {},
): Promise<{ repaired: number; report: SweepReport }> {
  const answer = await askOwnerOf(context, name, { act: 'repair', ...act }, options)
  return answer as { repaired: number; report: SweepReport }
}

/** Sets the shares of reads, and how the file mirrors; the stage stays. */
export async function stageSet(
  context: Context,
  name: string,
  settings: Omit<StageAsk & { act: 'set' }, 'act'>,
  options: StageOptions = {},
): Promise<void> {
  await askOwnerOf(context, name, { act: 'set', ...settings }, options)
}

/** What a verb about the stage works on. */
export interface StageScene {
  connection: Connection
  plan: Plan
  file: string
  host: string
}

/** Opens a session for a verb about the stage of a store that was migrated; the store gets its stage row, `off`. */
export async function withStage<T>(
  context: Context,
  name: string,
  options: StageOptions,
  fn: (scene: StageScene) => Promise<T>,
): Promise<T> {
  const connection = await connect(context.url, { application: `stage ${name}` })
  try {
    await ensureBookkeeping(connection)
    const plan = await storedPlan(connection, name)
    await ensureStage(connection, { name, by: context.actor, why: 'first looked at' })
    return await fn({ connection, plan, ...(await placeOf(connection, name, options)) })
  } finally {
    await connection.end()
  }
}

function askOwnerOf(context: Context, name: string, ask: StageAsk, options: StageOptions): Promise<unknown> {
  return withStage(context, name, options, ({ connection, plan, file, host }) =>
    host === hostname()
      ? askHere(context, connection, { name, plan, file }, ask, options)
      : askByRow(connection, name, ask),
  )
}

/** As the owner, when nobody is; else by asking who is. At `complete` the file has no owner, and whoever asks may answer. */
async function askHere(
  context: Context,
  connection: Connection,
  store: { name: string; plan: Plan; file: string },
  ask: StageAsk,
  { gates = {} }: StageOptions,
): Promise<unknown> {
  const staged = await openStaged({ ...store, database: context.url, gates, log: context.log }).catch(
    (error: unknown) => {
      if (isOutgrowError(error, 'locked')) return undefined
      throw error
    },
  )
  if (staged === undefined || !(staged.owns || staged.scene.parts.present.stage === 'complete')) {
    await staged?.store.close()
    return askByRow(connection, store.name, ask)
  }
  try {
    const answer = await answerAsk(staged.scene, ask)
    await staged.settle()
    return answer
  } finally {
    await staged.store.close()
  }
}

async function placeOf(
  connection: Connection,
  name: string,
  { file }: StageOptions,
): Promise<{ file: string; host: string }> {
  if (file !== undefined) return { file, host: hostname() }
  const owner = await knownOwner(connection, name)
  if (owner !== undefined) return owner
  const source = (await lastRun(connection, name))?.source?.path
  if (source !== undefined) return { file: source, host: hostname() }
  throw new OutgrowError('usage', `It is not known where the file of store "${name}" is.`, {
    place: name,
    next: 'Give its path with --file.',
  })
}
