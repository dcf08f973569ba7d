import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { errnoOf } from '../../jsonstore/file-error.ts'
import type { FileIdentity } from '../../jsonstore/snapshot.ts'

/** An open file, as `node:fs/promises` opens it. */
export type DiskFile = Pick<
  FileHandle,
  'write' | 'read' | 'sync' | 'datasync' | 'truncate' | 'chmod' | 'chown' | 'close'
> & { identity(): Promise<FileIdentity> }

/** What the writers of this folder do to a disk: all of it goes through here, so that tests can count and fail each step. */
export interface Disk {
  open(path: string, flags: string, mode?: number): Promise<DiskFile>
  rename(from: string, to: string): Promise<void>
  /** Removes a file; one that is not there is no failure. */
  remove(path: string): Promise<void>
  names(folder: string): Promise<string[]>
  /** Which state of a file stands under a path; undefined when there is none, or no regular file. */
  identify(path: string): Promise<FileIdentity | undefined>
}

export const disk: Disk = {
  open: async (path, flags, mode) => {
    const file = await open(path, flags, mode)
    return Object.assign(file, { identity: async () => identityOf(await file.stat({ bigint: true })) })
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  names: (folder) => readdir(folder),
  identify: async (path) => {
    try {
      const found = await stat(path, { bigint: true })
      return found.isFile() ? identityOf(found) : undefined
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
      throw error
    }
  },
}

/** True when both are the same state of the same file, or both are no file. */
export function sameIdentity(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.dev === b.dev && a.inode === b.inode && a.size === b.size && a.mtimeNs === b.mtimeNs
}

/** Writes all bytes at an offset of the file, however few the system takes at a time. */
export async function writeAt(file: DiskFile, bytes: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, offset + at)
    at += bytesWritten
  }
}

function identityOf(found: { dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint }): FileIdentity {
  return { dev: found.dev, inode: found.ino, size: found.size, mtimeNs: found.mtimeNs }
}
