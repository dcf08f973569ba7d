import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AppDeps, buildApp } from '../../services/documentation/app.ts'
import { openLowdbStore } from '../../services/documentation/lowdb-store.ts'
import { documentationPlan } from '../../services/documentation/open.ts'
import { postgresStore } from '../../services/documentation/postgres/store.ts'
import { stagedStore } from '../../services/documentation/staged-store.ts'
import type { DocumentationStore } from '../../services/documentation/store.ts'
import type { Web } from '../../services/web/web.ts'
import { connect } from '../../src/postgres/connect.ts'
import { openStaged } from '../../src/rollout/open.ts'
import { ensureStage, type Stage } from '../../src/rollout/postgres/stage.ts'
import type { JsonRecord } from '../../src/rollout/side.ts'
import { goTo } from '../helpers/staged.ts'
import { type Lab, move, openLab } from '../helpers/verbs.ts'

/** The three strategies, the staged one in stages of each kind. */
export const PLACES = [
  'lowdb',
  'staged: off',
  'staged: shadow',
  'staged: live',
  'staged: complete',
  'postgres',
] as const
export type Place = (typeof PLACES)[number]

export interface Opened {
  place: Place
  app: Web
  store: DocumentationStore
  lab: Lab
  /** The JSON file, which a place on PostgreSQL was moved from. */
  file: string
  uploads: string
  /** Closes the app, and opens another on the same data. */
  restart(): Promise<void>
  close(): Promise<void>
}

export const NAME = 'documentation'

/** The documentation on a document, which goes to PostgreSQL as an operator would move it: into a database of its own. */
export async function openPlace(place: Place, document: JsonRecord, more: Partial<AppDeps> = {}): Promise<Opened> {
  const lab = await openLab()
  const uploads = await mkdtemp(join(tmpdir(), 'documentation-'))
  const file = await lab.file(JSON.stringify(document, null, 2), 'documentation.json')
  if (place !== 'lowdb') await moveDocument(lab, file)
  if (place.startsWith('staged')) await beginStages(lab)
  const made = sameTimes()
  const build = async (): Promise<{ app: Web; store: DocumentationStore }> => {
    const store = await openStoreOn(lab, place, file)
    return { store, app: await buildApp({ store, uploads, ...made, ...more }) }
  }
  const opened: Opened = {
    place,
    ...(await build()),
    lab,
    file,
    uploads,
    restart: async () => {
      await opened.app.close()
      Object.assign(opened, await build())
    },
    close: async () => {
      await opened.app.close()
      await lab.close()
      await rm(uploads, { recursive: true })
    },
  }
  return opened
}

/** As `outgrow migrate` does it with the plan that is checked in. */
export async function moveDocument(lab: Lab, file: string, plan = 'plan.json'): Promise<void> {
  const planFile = fileURLToPath(new URL(`../../services/documentation/${plan}`, import.meta.url))
  await move(lab, file, { name: NAME, planFile })
}

async function beginStages({ context: { url } }: Lab): Promise<void> {
  const connection = await connect(url)
  await ensureStage(connection, { name: NAME, by: 'test', why: 'test' })
  await connection.end()
}

async function openStoreOn(
  { context: { url: database } }: Lab,
  place: Place,
  file: string,
): Promise<DocumentationStore> {
  const plan = await documentationPlan()
  if (place === 'lowdb') return openLowdbStore(file)
  if (place === 'postgres') return postgresStore(database, plan)
  const staged = await openStaged({ name: NAME, file, plan, database, timing: { poll: 50 } })
  staged.scene.isRehearsal = true
  // One that was opened again is there already.
  await goTo(staged, place.replace('staged: ', '') as Stage)
  return stagedStore(staged.store)
}

/** Clock and id source that give every place the same. */
function sameTimes(): { clock: () => Date; uuid: () => string } {
  let ticks = 0
  let ids = 0
  return {
    clock: () => new Date(Date.UTC(2026, 0, 1, 12, 0, ++ticks)),
    uuid: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
  }
}
