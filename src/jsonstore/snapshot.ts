import { constants } from 'node:fs'
import { access, type FileHandle, open, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { OutgrowError } from '../errors.ts'
import { errnoOf, fileError } from './file-error.ts'
import { hashFile, hashHandle } from './hash-file.ts'

/** What tells one state of a file from another, without reading it. Not the ctime: a rename over the file changes that. */
export interface FileIdentity {
  dev: bigint
  inode: bigint
  size: bigint
  mtimeNs: bigint
}

/**
 * A store, opened once. LowDB replaces its file by a rename, so the handle goes on showing one consistent document; only a
 * writer in place can change the bytes below it, which `unchanged` tells.
 */
export interface Snapshot {
  path: string
  file: FileHandle
  identity: FileIdentity
  bytes: number
  /** What a reader should know: a temporary file of LowDB's lies beside the store. */
  warning: string | undefined
  /** False when the opened file was written to, cut, or extended since it was opened. */
  unchanged(): Promise<boolean>
  /** True when the path names another file by now, or none. */
  replaced(): Promise<boolean>
  /** SHA-256 (hex) of the opened file, whatever the path names now. */
  hash(): Promise<string>
  /** SHA-256 (hex) of what the path names now, opened anew. */
  rehash(): Promise<string>
  close(): Promise<void>
}

/** Opens a store for reading. Throws `source-unfit` for what is absent, unreadable, or no regular file; never waits on a FIFO. */
export async function openSnapshot(path: string): Promise<Snapshot> {
  // Without O_NONBLOCK, opening a FIFO waits for a writer. Windows has neither.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
  const file = await open(path, flags).catch((error: unknown) => {
    throw cannotOpen(error, path)
  })
  try {
    const identity = await identityOf(file, path)
    return {
      path,
      file,
      identity,
      bytes: Number(identity.size),
      warning: await leftover(path),
      unchanged: async () => sameIdentity(identity, await identityOf(file, path)),
      replaced: () => isReplaced(identity, path),
      hash: async () => (await hashHandle(file)).sha256,
      rehash: () => rehash(path),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * Runs `fn` on a snapshot that did not change below it: when it did, whatever `fn` returned or threw is dropped and it runs
 * again on a new snapshot, up to `attempts` times; then `source-changed`. A file replaced by rename is no change.
 */
export async function withStableSnapshot<T>(
  path: string,
  fn: (snapshot: Snapshot) => Promise<T>,
  attempts = 3,
): Promise<T> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const snapshot = await openSnapshot(path)
    try {
      const outcome = await settle(fn(snapshot))
      if (!(await snapshot.unchanged())) continue
      if ('error' in outcome) throw outcome.error
      return outcome.value
    } finally {
      await snapshot.close()
    }
  }
  throw new OutgrowError('source-changed', `The store ${path} changed while it was read, ${attempts} times in a row.`, {
    place: path,
    next: 'Stop the service that writes it, or run this at a quieter time.',
  })
}

async function settle<T>(work: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await work }
  } catch (error) {
    return { error }
  }
}

async function identityOf(file: FileHandle, path: string): Promise<FileIdentity> {
  const found = await file.stat({ bigint: true })
  if (!found.isFile()) throw notRegular(found.isDirectory() ? 'a folder' : 'no regular file', path)
  return { dev: found.dev, inode: found.ino, size: found.size, mtimeNs: found.mtimeNs }
}

function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return a.dev === b.dev && a.inode === b.inode && a.size === b.size && a.mtimeNs === b.mtimeNs
}

async function isReplaced(identity: FileIdentity, path: string): Promise<boolean> {
  try {
    const now = await stat(path, { bigint: true })
    return now.dev !== identity.dev || now.ino !== identity.inode
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true
    throw fileError(error, 'look at', path, 'source-unfit')
  }
}

async function rehash(path: string): Promise<string> {
  try {
    return (await hashFile(path)).sha256
  } catch (error) {
    throw cannotOpen(error, path)
  }
}

/** LowDB 2 and later write `.NAME.tmp` first, LowDB 1 `.~NAME`; one that stays was left by a crash, or is being written now. */
async function leftover(path: string): Promise<string | undefined> {
  for (const name of [`.${basename(path)}.tmp`, `.~${basename(path)}`]) {
    const beside = join(dirname(path), name)
    const there = await access(beside).then(
      () => true,
      () => false,
    )
    if (there) return `${beside} lies beside the store: a write of LowDB's that did not finish, or is under way.`
  }
  return undefined
}

function cannotOpen(error: unknown, path: string): unknown {
  if (errnoOf(error) === 'EISDIR') return notRegular('a folder', path)
  if (errnoOf(error) !== 'ENOENT') return fileError(error, 'read the store', path, 'source-unfit')
  return new OutgrowError('source-unfit', `There is no store at ${path}.`, {
    place: path,
    next: 'Check the path. LowDB creates a missing file only at its first write.',
    cause: error,
  })
}

function notRegular(what: string, path: string): OutgrowError {
  return new OutgrowError('source-unfit', `The store ${path} is ${what}.`, {
    place: path,
    next: 'Name the JSON file itself; outgrow reads it more than once.',
  })
}
