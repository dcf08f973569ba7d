import { readFile } from 'node:fs/promises'
import { OutgrowError } from '../errors.ts'
import { sourcesOf } from '../infer/sources.ts'
import { fileError } from '../jsonstore/file-error.ts'
import type { Source } from '../jsonstore/source.ts'
import { checkPlan } from '../load/check-plan.ts'
import type { UnfitRecord } from '../load/write-rows.ts'
import type { Plan } from '../schema/plan.ts'
import { readPlan, writePlan } from '../schema/plan-file.ts'
import { formatPointer } from '../schema/pointer.ts'
import type { MigrateRequest } from './migrate-request.ts'
import { type OpenedStore, planOf } from './open-store.ts'

/** Everything that is decided before anything is written. */
export interface PreparedRun {
  plan: Plan
  planText: string
  /** Where the records of each collection stand in the file. */
  sources: Map<string, Source>
  /** Records that go to quarantine, by collection. */
  unfit: Map<string, UnfitRecord[]>
  /** Their positions. */
  skip: Map<string, Set<number>>
}

/** Records named in a refusal. */
const SHOWN = 10

/**
 * Chooses the plan and holds it against the data. Throws `plan-invalid` for a plan that does not fit the file, and
 * `refused`, with the list, for records that it cannot take unless they may go to quarantine.
 */
export async function prepareRun(request: MigrateRequest, store: OpenedStore): Promise<PreparedRun> {
  const given = request.planFile !== undefined
  const plan = given ? await planFrom(request.planFile as string, request.name) : await planOf(store)
  const sources = sourcesOf(store.file, store.profile, plan)
  const unfit = given ? await checkPlan(plan, sources) : new Map<string, UnfitRecord[]>()
  if (unfit.size > 0 && !request.quarantine) throw refusal(unfit)
  const skip = new Map([...unfit].map(([name, records]) => [name, new Set(records.map((record) => record.position))]))
  return { plan, planText: writePlan(plan), sources, unfit, skip }
}

async function planFrom(path: string, name: string): Promise<Plan> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, 'read the plan', path)
  })
  const plan = readPlan(text, path)
  if (plan.store === name) return plan
  throw new OutgrowError('plan-invalid', `The plan ${path} is for the store "${plan.store}", not for "${name}".`, {
    place: `${path}#/store`,
    next: `Run with --name ${plan.store}, or make a plan with --name ${name}.`,
  })
}

function refusal(unfit: Map<string, UnfitRecord[]>): OutgrowError {
  const all = [...unfit].flatMap(([name, records]) => records.map((record) => ({ name, ...record })))
  const lines = all
    .slice(0, SHOWN)
    .map(({ name, position, column, reason }) => `${formatPointer([name, position])} ${column}: ${reason}`)
  const more = all.length > SHOWN ? `; and ${all.length - SHOWN} more` : ''
  return new OutgrowError('refused', `The plan cannot take ${all.length} records: ${lines.join('; ')}${more}.`, {
    place: lines[0]?.split(' ')[0] ?? '',
    next: 'Widen the plan, mend the records, or pass --quarantine to set them aside.',
  })
}
