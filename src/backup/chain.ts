import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { isOutgrowError } from '../errors.ts'
import { readManifestFile, scanFolder } from './folder.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { readContentText } from './read-file.ts'
import type { BackupKey } from './seal.ts'
import type { BackupProblem } from './verify-backup.ts'

/**
 * Does the chain agree, on both sides? The manifest that this backup names as its predecessor's must still be that one;
 * and what later backups recorded of this one must still hold, which finds a manifest that was edited together with its
 * sums. A predecessor that is gone (retention removes the oldest) is a note.
 */
export async function chainProblems(
  path: string,
  manifest: Manifest,
  sha256: string,
  file: string,
  key: BackupKey | undefined,
): Promise<{ problems: BackupProblem[]; notes: string[] }> {
  const problems: BackupProblem[] = []
  const notes: string[] = []
  const tell = (message: string): void => void problems.push({ file, problem: 'chain', message })
  const { previous } = manifest
  if (previous !== null) {
    const found = await manifestSha256(join(dirname(path), previous.name))
    if (found === undefined) notes.push(`The backup before it, ${previous.name}, is not there any more.`)
    else if (found !== previous.manifest_sha256) {
      tell(`The backup before it, ${previous.name}, is not what it was when this one was made.`)
    }
  }
  for (const successor of await successorsOf(path, key)) {
    if (successor.previous?.manifest_sha256 === sha256) continue
    tell(`The backup after it, ${successor.name}, recorded another manifest for this one.`)
  }
  return { problems, notes }
}

async function manifestSha256(backup: string): Promise<string | undefined> {
  const found = await readManifestFile(backup)
  return found === undefined ? undefined : createHash('sha256').update(found.bytes).digest('hex')
}

/** Those that name this backup as the one before them. One that cannot be read says nothing; it has its own report. */
async function successorsOf(path: string, key: BackupKey | undefined): Promise<Manifest[]> {
  const own = basename(path)
  const { finished } = await scanFolder(dirname(path))
  const successors: Manifest[] = []
  for (const name of finished.filter((one) => one > own)) {
    const found = await readManifestFile(join(dirname(path), name))
    const later = found === undefined ? undefined : await tryManifest(join(dirname(path), name), found.name, key)
    if (later?.previous?.name === own) successors.push(later)
  }
  return successors
}

async function tryManifest(path: string, file: string, key: BackupKey | undefined): Promise<Manifest | undefined> {
  try {
    return readManifest(await readContentText(path, file, key), path)
  } catch (error) {
    if (isOutgrowError(error, 'backup-damaged')) return undefined
    throw error
  }
}
