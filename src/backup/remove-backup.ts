import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../jsonstore/durable.ts'
import { fileError } from '../jsonstore/file-error.ts'
import { absent, partialName } from './folder.ts'
import { thisWriter } from './writer-process.ts'

/**
 * Removes a backup. It loses its name first, so that what an interruption leaves is an unfinished backup, which the next
 * openBackup clears, and never a finished one with files missing. One that is gone already is no error.
 */
export async function removeBackup(path: string): Promise<void> {
  const doomed = join(dirname(path), partialName(basename(path), await thisWriter()))
  try {
    if ((await rename(path, doomed).then(() => true, absent)) === undefined) return
    await syncFolder(dirname(path))
    await rm(doomed, { recursive: true })
  } catch (error) {
    throw fileError(error, 'remove the backup', path)
  }
}
