import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '../../../src/postgres/connect.ts'
import { inTransaction } from '../../../src/postgres/transaction.ts'
import type { ChangeOutcome } from '../../../src/rollout/change/under-way.ts'
import { openStaged } from '../../../src/rollout/open.ts'
import { ensureStage, type Stage } from '../../../src/rollout/postgres/stage.ts'
import { recordEvidence } from '../../../src/rollout/stage/evidence.ts'
import type { Plan } from '../../../src/schema/plan.ts'
import { readPlan } from '../../../src/schema/plan-file.ts'
import { stageChange, stageVerify } from '../../../src/verbs/stage.ts'
import { goTo } from '../../helpers/staged.ts'
import { type Lab, move, openLab } from '../../helpers/verbs.ts'
import { compile } from './compile.ts'
import { watchEpochs } from './epochs.ts'
import { freePort, launch, type Service, untilOpen } from './service.ts'

export const STORE = 'idea-bank'
const PLAN = fileURLToPath(new URL('../../../services/idea-bank/plan.json', import.meta.url))
const SERVER = 'services/idea-bank/server.ts'

/** Gates that ask for nothing that takes a day; what they prove is still proven on the way. */
const GATES = {
  ...{ backupAge: 1e9, diskFactor: 0, calm: 0, compares: 1, seen: 1, verificationAge: 1e9, lag: 1e9 },
  ...{ slower: 1e9, fastEnough: 1e9, moreFailures: 100, drillAge: 1e9, soak: 0 },
}

export interface StartOptions {
  /** Where it is to kill itself: `name` or `name:time`. */
  failpoint?: string
  /** Its way to PostgreSQL, through a gate or proxy. */
  database?: string
  /** Another port than the bank's own. */
  port?: number
  /** Another compiled program than the service itself. */
  program?: string
  env?: Record<string, string>
}

/** An Idea Bank that was migrated and stands in some stage, with the real service over it. */
export interface Bank {
  lab: Lab
  file: string
  folder: string
  plan: Plan
  /** Where its service listens, whichever process that is. */
  url: string
  start(options?: StartOptions): Promise<Service>
  /** As `start`, without waiting for it to be open. */
  launch(options?: StartOptions): Service
  /** Has the stage changed as an operator does, by the running service, once its gates let it. */
  change(to: Stage): Promise<ChangeOutcome & { outcome: 'changed' }>
  /** Has all records compared, for the gates. */
  verify(): Promise<unknown>
  /** Asks once. */
  ask(to: Stage): Promise<ChangeOutcome>
  close(): Promise<void>
}

export interface BankOptions {
  stage: Stage
  document?: object
  /** Where the file is to lie, when not in the lab's folder. */
  folder?: string
}

export async function openBank({ stage, document = { ideas: [], lastId: '0' }, folder }: BankOptions): Promise<Bank> {
  const lab = await openLab()
  const place = folder ?? lab.path('bank')
  await mkdir(place, { recursive: true })
  const file = join(place, 'ideas.json')
  await writeFile(file, JSON.stringify(document, null, 2))
  await move(lab, file, { name: STORE, planFile: PLAN })
  const plan = readPlan(await readFile(PLAN, 'utf8'), PLAN)
  await prepare(lab, plan, file, stage)
  const port = await freePort()
  const server = await compile(SERVER)
  const started: Service[] = []
  const begin = ({
    failpoint,
    database = lab.context.url,
    port: own = port,
    program = server,
    env,
  }: StartOptions = {}) => {
    const service = launch(program, own, {
      ...{ LIBRARY_DB_STRATEGY: 'staged', DB_PATH: file, OUTGROW_DATABASE_URL: database },
      ...{ STAGE_GATES: JSON.stringify(GATES) },
      ...(failpoint !== undefined && { OUTGROW_FAILPOINT: failpoint }),
      ...env,
    })
    started.push(service)
    return service
  }
  const ask = (to: Stage): Promise<ChangeOutcome> =>
    stageChange(lab.context, STORE, { to, by: 'ana', why: 'a fault test', dryRun: false, confirm: STORE }, { file })
  return {
    ...{ lab, file, folder: place, plan, url: `http://127.0.0.1:${port}`, ask },
    verify: () => stageVerify(lab.context, STORE).catch((error: Error) => error),
    launch: begin,
    start: (options) => untilOpen(begin(options)),
    change: (to) => insist(lab, ask, to),
    close: async () => {
      for (const service of started) await service.stop()
      await lab.close()
    },
  }
}

/** Takes the store to its stage before any service runs, and watches the epochs of all writes from then on. */
async function prepare(lab: Lab, plan: Plan, file: string, stage: Stage): Promise<void> {
  const connection = await connect(lab.context.url)
  await ensureStage(connection, { name: STORE, by: 'test', why: 'test' })
  const staged = await openStaged({ name: STORE, file, plan, database: lab.context.url })
  staged.scene.isRehearsal = true
  try {
    await goTo(staged, stage)
  } finally {
    await staged.store.close()
  }
  await inTransaction(connection, (sql) => watchEpochs(sql, plan))
  const { epoch } = staged.scene.parts.present
  await recordEvidence(connection, { store: STORE, kind: 'drill', epoch, figures: { writes: 0, differences: 0 } })
  await connection.end()
}

const MOST_ASKED = 100

/** What a gate waits for comes with the traffic; two changes at once are one too many. */
async function insist(
  { context }: Lab,
  ask: (to: Stage) => Promise<ChangeOutcome>,
  to: Stage,
): Promise<ChangeOutcome & { outcome: 'changed' }> {
  if (to === 'shadow' || to === 'live') await stageVerify(context, STORE)
  let last: unknown
  for (let asked = 0; asked < MOST_ASKED; asked++) {
    const outcome = await ask(to)
    if (outcome.outcome === 'changed') return outcome
    last = 'gates' in outcome ? outcome.gates.filter(({ ok }) => !ok) : outcome
  }
  throw new Error(`the store did not come to ${to}: ${JSON.stringify(last)}`)
}
