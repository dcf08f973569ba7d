import { fileURLToPath } from 'node:url'
import { buildApp } from '../../services/idea-bank/app.ts'
import { openLowdbStore } from '../../services/idea-bank/lowdb-store.ts'
import { postgresStore } from '../../services/idea-bank/postgres/store.ts'
import { collectionOf, planFor, SHAPES } from '../../services/idea-bank/shape.ts'
import { stagedStore } from '../../services/idea-bank/staged-store.ts'
import type { IdeaStore } from '../../services/idea-bank/store.ts'
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
  app: Web
  lab: Lab
  /** The JSON file, which a place on PostgreSQL was moved from. */
  file: string
  /** Closes the app, and opens another on the same data. */
  restart(): Promise<void>
  /** Ends it, and its data with it. */
  close(): Promise<void>
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

/** The Idea Bank on a document, which goes to PostgreSQL as an operator would move it: into a database of its own. */
export async function openPlace(place: Place, document: JsonRecord): Promise<Opened> {
  const lab = await openLab()
  const file = await lab.file(JSON.stringify(document, null, 2), 'ideas.json')
  const members = Object.keys(document)
  if (place !== 'lowdb') await moveIdeas(lab, file, members)
  if (place.startsWith('staged')) await beginStages(lab)
  return openOn(lab, place, file, members)
}

/** As `outgrow migrate` does it with the plan that is checked in. */
export async function moveIdeas(lab: Lab, file: string, members: string[]): Promise<void> {
  const { plan } = SHAPES.find((shape) => shape.members.every((name) => members.includes(name))) ?? SHAPES[2]
  const planFile = fileURLToPath(new URL(`../../services/idea-bank/${plan}`, import.meta.url))
  await move(lab, file, { name: 'idea-bank', planFile })
}

async function beginStages({ context: { url } }: Lab): Promise<void> {
  const connection = await connect(url)
  await ensureStage(connection, { name: 'idea-bank', by: 'test', why: 'test' })
  await connection.end()
}

async function openOn(lab: Lab, place: Place, file: string, members: string[]): Promise<Opened> {
  const { clock, uuid } = sameTimes()
  const build = async (): Promise<Web> => buildApp({ store: await openStoreOn(lab, place, file, members, uuid), clock })
  const opened: Opened = {
    app: await build(),
    lab,
    file,
    restart: async () => {
      await opened.app.close()
      opened.app = await build()
    },
    close: async () => {
      await opened.app.close()
      await lab.close()
    },
  }
  return opened
}

async function openStoreOn(
  { context: { url: database } }: Lab,
  place: Place,
  file: string,
  members: string[],
  uuid: () => string,
): Promise<IdeaStore> {
  if (place === 'lowdb') return openLowdbStore(file, uuid)
  if (place === 'postgres') return postgresStore(database, uuid)
  const plan = await planFor(members)
  const staged = await openStaged({ name: 'idea-bank', file, plan, database, timing: { poll: 50 } })
  staged.scene.isRehearsal = true
  // One that was opened again is there already.
  await goTo(staged, place.replace('staged: ', '') as Stage)
  return stagedStore(staged.store, collectionOf(plan), uuid)
}
