import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { thisWriter, writerState } from '../backup/writer-process.ts'
import { fileError } from '../jsonstore/file-error.ts'

export interface WorkFolder {
  path: string
  /** Removes it with all that is in it. */
  remove(): Promise<void>
}

/**
 * Makes a folder for files that live as long as this command, readable by its account alone, and removes those that
 * processes left behind which were killed: they may hold copies of a store.
 */
export async function makeWorkFolder(parent: string): Promise<WorkFolder> {
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 })
    for (const name of await readdir(parent)) await removeDead(parent, name)
    const path = await mkdtemp(join(parent, `${await thisWriter()}.`))
    return { path, remove: () => rm(path, { recursive: true, force: true }) }
  } catch (error) {
    throw fileError(error, 'make a folder for temporary files in', parent)
  }
}

async function removeDead(parent: string, name: string): Promise<void> {
  const [, writer] = /^([0-9a-f]{8}-\d+-\d+)\..{6}$/.exec(name) ?? []
  if (writer === undefined || (await writerState(writer)) !== 'dead') return
  await rm(join(parent, name), { recursive: true, force: true })
}
