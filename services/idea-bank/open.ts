import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Logger, openStore } from 'outgrow/store'
import { hasCode, sampleFile } from '../strategies/sample.ts'
import { failing } from './failpoint.ts'
import { openLowdbStore } from './lowdb-store.ts'
import { postgresStore } from './postgres/store.ts'
import type { Settings } from './settings.ts'
import { collectionOf, planFor } from './shape.ts'
import { stagedStore } from './staged-store.ts'
import type { IdeaStore } from './store.ts'

const SEED = new URL('seed.json', import.meta.url)
const SAMPLE = new URL('data/ideas.json', import.meta.url)

/**
 * Opens the store that the settings name. Only where no file is named does a new one begin with the sample ideas. `end` kills
 * the process at the failpoint of the settings.
 */
export async function openIdeaStore(settings: Settings, log: Logger, end: () => void): Promise<IdeaStore> {
  const { strategy, database } = settings
  if (strategy === 'postgres') return postgresStore(database ?? '', randomUUID)
  const file = settings.file ?? (await sampleFile(SEED, SAMPLE))
  await mkdir(dirname(file), { recursive: true })
  if (strategy === 'lowdb') return openLowdbStore(file, randomUUID)
  const plan = await planFor(await membersOf(file))
  const collection = collectionOf(plan)
  const defaults = { [collection]: [] }
  const named = database === undefined ? {} : { database }
  const failpoint = failing(settings.failpoint, end)
  const { gates } = settings
  const store = await openStore({ name: 'idea-bank', file, plan, defaults, log, gates, failpoint, ...named })
  return stagedStore(store, collection, randomUUID)
}

/** Names of the members of the file; none when it is not there. What is no JSON is for the store to refuse, with its place. */
async function membersOf(file: string): Promise<string[]> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return typeof value === 'object' && value !== null ? Object.keys(value) : []
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return []
    throw error
  }
}
