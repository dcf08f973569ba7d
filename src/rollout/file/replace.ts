import { basename, dirname, join } from 'node:path'
import { errnoOf } from '../../jsonstore/file-error.ts'
import type { FileIdentity } from '../../jsonstore/snapshot.ts'
import { type Disk, type DiskFile, sameIdentity, writeAt } from './disk.ts'

/** How far the replacement of a file came. After a sync that failed nobody knows what the disk holds: it is never tried again. */
export type ReplaceStep = 'write' | 'sync' | 'announce' | 'compare' | 'rename' | 'sync folder'

/** Why a file was not replaced, or may not last. */
export class ReplaceError extends Error {
  readonly step: ReplaceStep

  constructor(step: ReplaceStep, cause: unknown) {
    super(`the ${step} of a file failed`, { cause })
    this.step = step
  }
}

export interface Target {
  /** The file itself, behind any symbolic link. */
  path: string
  folder: DiskFile
  /** Mode and owner that each new file is given. */
  mode: number
  owner: { uid: number; gid: number } | undefined
}

/** The file under the path is not the one that was written last. */
export const CHANGED = 'changed'

/**
 * Replaces the file by one with these bytes: a temporary file, synced, renamed over it, the folder synced. Right before the
 * rename the path must still name `expected`; otherwise nothing is done and `CHANGED` comes back. `announce` is told of the
 * synced file before that, and waited for. Returns what the new file is known by. Throws ReplaceError, and leaves the old
 * file alone unless the step is `sync folder`.
 */
export async function replaceFile(
  disk: Disk,
  target: Target,
  bytes: Uint8Array,
  expected: FileIdentity | undefined,
  announce?: (next: FileIdentity) => Promise<void>,
): Promise<FileIdentity | typeof CHANGED> {
  const temporary = join(dirname(target.path), `${temporaryPrefix(target.path)}${process.pid}-${serial++}.tmp`)
  const file = await step('write', disk.open(temporary, 'wx', target.mode))
  let identity: FileIdentity
  try {
    await step('write', writeAt(file, bytes, 0))
    await step('write', dress(file, target))
    await step('sync', file.sync())
    identity = await step('compare', file.identity())
    const isChanged = async (): Promise<boolean> =>
      !sameIdentity(await step('compare', disk.identify(target.path)), expected)
    // Nothing is announced over a file that is another one already; the path is looked at again right before the rename.
    if (announce !== undefined && !(await isChanged())) await step('announce', announce(identity))
    if (await isChanged()) return await giveUp(disk, file, temporary, CHANGED)
    await step('rename', disk.rename(temporary, target.path))
  } catch (error) {
    await giveUp(disk, file, temporary, error)
    throw error
  }
  // Windows cannot sync a folder, and logs its changes by itself.
  const folder = process.platform === 'win32' ? undefined : target.folder.sync()
  await step('sync folder', Promise.all([folder, file.close()]))
  return identity
}

async function giveUp<T>(disk: Disk, file: DiskFile, temporary: string, why: T): Promise<T> {
  await file.close()
  await disk.remove(temporary)
  return why
}

let serial = 0

/** How temporary files of this store begin: what a killed owner left behind can be told from any other file. */
export function temporaryPrefix(path: string): string {
  return `.${basename(path)}.outgrow-`
}

/** What opening it did not give it. Owner first: changing it clears the set-id bits of the mode. */
async function dress(file: DiskFile, { mode, owner }: Target): Promise<void> {
  if (owner !== undefined) {
    await file.chown(owner.uid, owner.gid).catch((error: unknown) => {
      // Only root gives files away. The mode is kept all the same.
      if (errnoOf(error) !== 'EPERM') throw error
    })
  }
  if (owner !== undefined || (mode & process.umask()) !== 0) await file.chmod(mode)
}

async function step<T>(name: ReplaceStep, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new ReplaceError(name, error)
  }
}
