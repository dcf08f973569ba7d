import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plan, readPlan } from 'outgrow'
import { type Logger, openStore } from 'outgrow/store'
import { sampleFile } from '../strategies/sample.ts'
import { EMPTY } from './kind.ts'
import { openLowdbStore } from './lowdb-store.ts'
import { postgresStore } from './postgres/store.ts'
import type { Settings } from './settings.ts'
import { stagedStore } from './staged-store.ts'
import type { DocumentationStore } from './store.ts'

const PLAN = new URL('plan.json', import.meta.url)
const SEED = new URL('seed.json', import.meta.url)
const SAMPLE = new URL('data/documentation.json', import.meta.url)

/** Where uploads lie when the settings do not say. */
export const UPLOADS = fileURLToPath(new URL('data/uploads', import.meta.url))

/** The mapping of the store to tables, for a file that has its change log already. */
export async function documentationPlan(): Promise<Plan> {
  return readPlan(await readFile(PLAN, 'utf8'), fileURLToPath(PLAN))
}

/** Opens the store that the settings name. Only where no file is named does a new one begin with the sample. */
export async function openDocumentationStore(settings: Settings, log: Logger): Promise<DocumentationStore> {
  const { strategy, database, gates } = settings
  if (strategy === 'postgres') return postgresStore(database ?? '', await documentationPlan())
  const file = settings.file ?? (await sampleFile(SEED, SAMPLE))
  await mkdir(dirname(file), { recursive: true })
  if (strategy === 'lowdb') return openLowdbStore(file)
  const named = database === undefined ? {} : { database }
  const plan = await documentationPlan()
  return stagedStore(await openStore({ name: plan.store, file, plan, defaults: EMPTY, log, gates, ...named }))
}
