import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OutgrowError } from '../../errors.ts'
import { errnoOf, fileError } from '../../jsonstore/file-error.ts'
import type { FileIdentity } from '../../jsonstore/snapshot.ts'
import { copyRecord } from '../json-value.ts'
import type { JsonRecord } from '../side.ts'
import type { Disk } from './disk.ts'
import type { FileDocument } from './document.ts'
import { documentOf, type FilePlan, readDocument } from './read.ts'
import { Layer } from './records.ts'
import { CHANGED, replaceFile, type Target, temporaryPrefix } from './replace.ts'

export interface OpenedFile {
  document: FileDocument
  identity: FileIdentity
  target: Target
}

/**
 * Opens the file of a store for its owner. A file that is not there is made from `defaults`, durably, and only when they
 * are given; one that is there and cannot be read is refused and left as it is. What a killed owner left half-written is
 * removed.
 */
export async function openFile(
  path: string,
  plan: FilePlan,
  disk: Disk,
  defaults: JsonRecord | undefined,
): Promise<OpenedFile> {
  const target = await openTarget(path, disk)
  try {
    await removeLeftovers(path, disk)
    if ((await exists(path)) || defaults === undefined) return { ...(await readDocument(path, plan)), target }
    return { ...(await create(target, plan, disk, defaults)), target }
  } catch (error) {
    await target.folder.close()
    throw error
  }
}

async function openTarget(path: string, disk: Disk): Promise<Target> {
  try {
    const folder = await disk.open(dirname(path), 'r')
    const { mode, owner } = await former(path)
    return { path, folder, mode, owner }
  } catch (error) {
    throw fileError(error, 'open', path, 'source-unfit')
  }
}

/** Mode and owner to keep. The owner is left out where each file that we make has it anyhow. */
async function former(path: string): Promise<Pick<Target, 'mode' | 'owner'>> {
  if (!(await exists(path))) return { mode: 0o666 & ~process.umask(), owner: undefined }
  const { mode, uid, gid } = await stat(path)
  const same = uid === process.geteuid?.() && gid === process.getegid?.()
  return { mode: mode & 0o7777, owner: same || process.platform === 'win32' ? undefined : { uid, gid } }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw fileError(error, 'open', path, 'source-unfit')
  }
}

async function removeLeftovers(path: string, disk: Disk): Promise<void> {
  const prefix = temporaryPrefix(path)
  for (const name of await disk.names(dirname(path)))
    if (name.startsWith(prefix) && name.endsWith('.tmp')) await disk.remove(join(dirname(path), name))
}

async function create(
  target: Target,
  plan: FilePlan,
  disk: Disk,
  defaults: JsonRecord,
): Promise<{ document: FileDocument; identity: FileIdentity }> {
  const document = documentOf(copyRecord(defaults), 'object', Object.keys(defaults), plan)
  const identity = await replaceFile(disk, target, document.bytesWith(new Layer(document)), undefined)
  if (identity !== CHANGED) return { document, identity }
  throw new OutgrowError('source-changed', `The store ${target.path} came into being while it was being made.`, {
    place: target.path,
    next: 'Look at what it holds, then start the service again.',
  })
}
