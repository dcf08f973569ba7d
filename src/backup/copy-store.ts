import type { FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OutgrowError } from '../errors.ts'
import { readChunks } from '../jsonstore/hash-file.ts'
import { openSnapshot } from '../jsonstore/snapshot.ts'
import type { Content } from './backup-file.ts'
import type { Manifest } from './manifest.ts'
import type { BackupWriter } from './open-backup.ts'
import { STORE_FILE } from './restore-lines.ts'

export interface StoreSource {
  path: string
  /** Read through this handle, which shows one state of the store; without it the path is opened. It stays open. */
  file?: FileHandle
}

/**
 * Copies a store byte for byte into `store.json` and reads the copy back. Throws `source-changed` when its SHA-256 is not
 * `expectedSha256`, i.e. the store is not what was read before; `backup-damaged` when the copy does not read as written.
 */
export async function copyStore(
  writer: BackupWriter,
  source: StoreSource,
  { expectedSha256 }: { expectedSha256?: string } = {},
): Promise<{ source: NonNullable<Manifest['source']> }> {
  const content = await copyFrom(writer, source)
  if (expectedSha256 !== undefined && content.sha256 !== expectedSha256) {
    throw new OutgrowError('source-changed', `The store ${source.path} changed between reading it and backing it up.`, {
      place: source.path,
      next: 'Run this again; stop the service that writes the store if it happens twice.',
    })
  }
  await writer.readBack(STORE_FILE, content)
  return { source: { path: resolve(source.path), ...content } }
}

async function copyFrom(writer: BackupWriter, source: StoreSource): Promise<Content> {
  if (source.file !== undefined) return copyBytes(writer, source.file)
  const snapshot = await openSnapshot(source.path)
  try {
    return await copyBytes(writer, snapshot.file)
  } finally {
    await snapshot.close()
  }
}

async function copyBytes(writer: BackupWriter, from: FileHandle): Promise<Content> {
  const to = await writer.file(STORE_FILE)
  for await (const chunk of readChunks(from)) await to.write(chunk)
  return to.close()
}
