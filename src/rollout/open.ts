import { isOutgrowError, OutgrowError } from '../errors.ts'
import { silent } from '../log.ts'
import { answerAsk } from './change/answer.ts'
import { breakGlass } from './change/glass.ts'
import { type Besides, look } from './change/look.ts'
import { DEFAULT_THRESHOLDS } from './change/thresholds.ts'
import type { ChangeScene } from './change/under-way.ts'
import { becomeOwner, type Owner, type OwnerRequest } from './file/owner.ts'
import { openPgSide, type PgSide } from './postgres/side.ts'
import { memoryFor, readMemory } from './stage/memory.ts'
import { FIRST_STAGE, Present } from './stage/present.ts'
import type { StageAsk } from './stage/requests.ts'
import { STAGE_RULES } from './stage/rules.ts'
import { type Settled, settle, type Told } from './stage/settle.ts'
import type { Store, StoreOptions } from './store/api.ts'
import { assemble } from './store/assemble.ts'
import { Comparer } from './store/compare.ts'
import { openOwnedFile } from './store/owned-file.ts'
import type { Parts } from './store/parts.ts'
import { storeOn } from './store/staged-store.ts'
import { DEFAULT_TIMING } from './store/timing.ts'
import { askStageSettled } from './store/told.ts'
import { Watch } from './store/watch.ts'

/** A store with what its operator needs. */
export interface Staged {
  store: Store
  scene: ChangeScene
  /** This process owns the file. */
  owns: boolean
  /** Waits for a backfill under way, and until the mirror has what is dirty. */
  settle(): Promise<void>
}

/**
 * Opens a store for a service, in the stage that is in force. The process becomes the owner of the file, unless PostgreSQL is
 * the authority and does not need it to be (`complete`, or `mirror: async` while another process owns it). Throws `locked`
 * naming the owner, `target-unreachable` when only PostgreSQL could tell the stage, and what the file is refused for.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  return (await openStaged(options)).store
}

export async function openStaged(options: StoreOptions): Promise<Staged> {
  const timing = { ...DEFAULT_TIMING, ...options.timing }
  const postgres = options.database === undefined ? undefined : openSide(options, timing)
  const present = new Present(FIRST_STAGE)
  let watch: Watch | undefined
  const parts = assemble({
    name: options.name,
    plan: options.plan,
    log: options.log ?? silent,
    timing,
    present,
    proposal: options.proposal,
    postgres,
    failpoint: options.failpoint ?? (() => {}),
    lookAgain: async () => watch?.now(),
  })
  const scene: ChangeScene = {
    parts,
    comparer: new Comparer(parts),
    thresholds: { ...DEFAULT_THRESHOLDS, ...options.gates },
  }
  try {
    await take(options, parts, scene)
  } catch (error) {
    await parts.relay.stop()
    await postgres?.close()
    throw error
  }
  const besides: Besides = { announced: false, answering: undefined, backfilling: undefined }
  watch = new Watch({
    database: options.database,
    poll: timing.poll,
    look: () => look(scene, besides),
    onError: (error) => parts.log.warn({ error: String(error) }, 'no notifications from PostgreSQL'),
  })
  const looked = watch.now()
  const settleAll = async (): Promise<void> => {
    await looked
    await watch?.now()
    await besides.backfilling
    if (parts.file !== undefined && parts.present.rules.mirror !== undefined) await parts.relay.flush()
  }
  const owns = parts.file !== undefined
  return {
    scene,
    owns,
    settle: settleAll,
    store: storeOn(parts, scene.comparer, () => closeAll(scene, watch as Watch, besides)),
  }
}

function openSide(options: StoreOptions, { statement, lock }: { statement: number; lock: number }): PgSide {
  const { database = '', plan, log = silent } = options
  return openPgSide({ database, plan, log, timeouts: { statement, lock } })
}

/** Takes the file into our hands, where it is ours to take, and finds out the stage. */
async function take(options: StoreOptions, parts: Parts, scene: ChangeScene): Promise<void> {
  const { postgres, name, present } = parts
  const owner = await becomeOwner(options.file, { onRequest: (request) => answerDirectly(scene, request) }).catch(
    (error: unknown) => {
      if (isOutgrowError(error, 'locked') && postgres !== undefined) return error
      throw error
    },
  )
  if (owner instanceof OutgrowError) return join(parts, owner)
  try {
    const told = await askStageSettled(postgres, name)
    const memory = await readMemory(owner.folder)
    const settled = settle(name, memory, told)
    present.adopt(settled.now)
    parts.behind = memory?.behind === true
    if (settled.now.stage === 'complete') await owner.release()
    else await openFile(options, parts, owner, settled, told)
  } catch (error) {
    await owner.release()
    throw error
  }
}

async function openFile(
  { plan, defaults }: StoreOptions,
  parts: Parts,
  owner: Owner,
  settled: Settled,
  told: Told,
): Promise<void> {
  const { present } = parts
  const onDirty = (): void => {
    parts.calm.observe(parts.file?.log.size ?? 0)
    parts.relay.ask()
  }
  const { failpoint } = parts
  const more = defaults === undefined ? {} : { defaults }
  const file = await openOwnedFile(owner, { plan, present, onDirty, failpoint, ...more })
  file.backfilling ||= settled.backfill
  parts.file = file
  if (told !== 'away' && told !== undefined && !settled.reconcile) {
    const more = { backfill: file.backfilling, behind: parts.behind }
    await file.memory.change(() => memoryFor(parts.name, told, more))
  }
  parts.relay.ask()
}

/** Another process owns the file: this one may write where PostgreSQL is the authority and its writes need no file. */
async function join(parts: Parts, taken: OutgrowError): Promise<void> {
  const told = await askStageSettled(parts.postgres, parts.name)
  if (told === 'away' || told === undefined) throw taken
  const needsFile = STAGE_RULES[told.stage].mirror === 'file' && told.mirror === 'sync'
  if (STAGE_RULES[told.stage].authority === 'file' || needsFile) throw taken
  parts.present.adopt(told)
}

/** What is asked over the owner's own socket, by who may read the folder beside the file. */
async function answerDirectly(scene: ChangeScene, { ask, body }: OwnerRequest): Promise<unknown> {
  if (ask === 'stage') return answerAsk(scene, body as StageAsk)
  if (ask === 'glass') {
    const { by, why } = body as { by: string; why: string }
    return breakGlass(scene.parts, by, why)
  }
  throw new OutgrowError('usage', `The owner of the store knows no request "${ask}".`)
}

async function closeAll({ parts, comparer }: ChangeScene, watch: Watch, besides: Besides): Promise<void> {
  await watch.stop()
  await besides.answering
  parts.gate.shut(new OutgrowError('unavailable', `The store "${parts.name}" is closed.`))
  await besides.backfilling
  await parts.relay.stop()
  await comparer.settle()
  await parts.file?.close()
  await parts.postgres?.close()
}
