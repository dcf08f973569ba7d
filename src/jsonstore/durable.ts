import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { type FileHandle, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { OutgrowError } from '../errors.ts'
import { errnoOf, fileError } from './file-error.ts'
import { FileSink, type Sink } from './file-sink.ts'

export type { Sink } from './file-sink.ts'

/**
 * Writes a whole file or none: into a temporary file in the same folder, synced, renamed over the path, the folder synced.
 * Whoever opens the path sees the old content or the new, also after a power cut. When `write` throws or the disk is
 * full, the old file stands untouched and the temporary one is removed. A symbolic link is written through; the mode of an
 * existing file is kept, and its owner where we may. Refuses a missing folder and anything that is no regular file.
 */
export async function writeDurably(path: string, write: (sink: Sink) => Promise<void>): Promise<void> {
  const target = await linkTarget(path).catch((error: unknown) => {
    throw fileError(error, 'write', path)
  })
  const former = await formerFile(target, path)
  const temporary = join(dirname(target), `.outgrow-${randomUUID()}.tmp`)
  const file = await open(temporary, 'wx', former === undefined ? 0o666 : 0o600).catch((error: unknown) => {
    throw cannotCreate(error, path, dirname(target))
  })
  try {
    await fillFile(file, former, write)
    await rename(temporary, target)
    await syncFolder(dirname(target))
  } catch (error) {
    await rm(temporary, { force: true })
    throw fileError(error, 'write', path)
  }
}

/** `writeDurably` of one text, as UTF-8. Refuses half a surrogate pair, which UTF-8 has no bytes for. */
export async function writeTextDurably(path: string, text: string): Promise<void> {
  if (!text.isWellFormed()) {
    throw new OutgrowError('failure', `Cannot write ${path}: its text holds half a surrogate pair.`, { place: path })
  }
  await writeDurably(path, async (sink) => sink.write(Buffer.from(text)))
}

/** Makes what was created, renamed or removed in a folder last through a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and logs its changes by itself.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function fillFile(
  file: FileHandle,
  former: Stats | undefined,
  write: (sink: Sink) => Promise<void>,
): Promise<void> {
  try {
    const sink = new FileSink(file)
    await write(sink)
    await sink.finish()
    if (former !== undefined) await dressLike(file, former)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Owner first: changing it clears the set-id bits of the mode. */
async function dressLike(file: FileHandle, former: Stats): Promise<void> {
  const own = await file.stat()
  if (own.uid !== former.uid || own.gid !== former.gid) {
    await file.chown(former.uid, former.gid).catch((error: unknown) => {
      // Only root gives files away. The mode is kept all the same.
      if (errnoOf(error) !== 'EPERM') throw error
    })
  }
  await file.chmod(former.mode & 0o7777)
}

/** The path behind symbolic links, which need not exist yet. */
async function linkTarget(path: string, depth = 0): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || depth > 40) throw error
  }
  try {
    return await linkTarget(resolve(dirname(path), await readlink(path)), depth + 1)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EINVAL') return resolve(path)
    throw error
  }
}

async function formerFile(target: string, path: string): Promise<Stats | undefined> {
  try {
    const former = await stat(target)
    if (former.isFile()) return former
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw fileError(error, 'write', path)
  }
  throw new OutgrowError('failure', `Cannot write ${path}: it is there, and is no regular file.`, {
    place: path,
    next: 'Name a file.',
  })
}

function cannotCreate(error: unknown, path: string, folder: string): unknown {
  if (errnoOf(error) !== 'ENOENT') return fileError(error, 'write', path)
  return new OutgrowError('failure', `Cannot write ${path}: the folder ${folder} does not exist.`, {
    place: path,
    next: `Create it first: mkdir -p ${folder}`,
    cause: error,
  })
}
