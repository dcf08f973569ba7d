import { randomUUID } from 'node:crypto'
import { constants, copyFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Logger, openStore } from 'outgrow/store'
import { failing } from './failpoint.ts'
import { openLowdbStore } from './lowdb-store.ts'
import { postgresStore } from './postgres/store.ts'
import type { Settings } from './settings.ts'
import { collectionOf, planFor } from './shape.ts'
import { stagedStore } from './staged-store.ts'
import type { IdeaStore } from './store.ts'

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/**
 * Opens the store that the settings name. Only where no file is named does a new one begin with the sample ideas. `end` kills
 * the process at the failpoint of the settings.
 */
export async function openIdeaStore(settings: Settings, log: Logger, end: () => void): Promise<IdeaStore> {
  const { strategy, database } = settings
  if (strategy === 'postgres') return postgresStore(database ?? '', randomUUID)
  const file = settings.file ?? (await sampleFile())
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

async function sampleFile(): Promise<string> {
  const file = beside('data/ideas.json')
  await mkdir(dirname(file), { recursive: true })
  await copyFile(beside('seed.json'), file, constants.COPYFILE_EXCL).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  return file
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
