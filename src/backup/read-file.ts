import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '../jsonstore/file-error.ts'
import { readChunks } from '../jsonstore/hash-file.ts'
import type { Content } from './backup-file.ts'
import { type BackupKey, SEALED, unseal } from './seal.ts'

/**
 * The content of a file of a backup, by its name on disk, decrypted when it is sealed. Throws `backup-damaged` when it is
 * absent or not authentic, or when it needs a key that was not given. A chunk is valid until the one after next.
 */
export async function* readContent(
  folder: string,
  name: string,
  key: BackupKey | undefined,
): AsyncGenerator<Buffer, void, void> {
  const file = await open(join(folder, name)).catch((error: unknown) => {
    throw fileError(error, 'read the backup file', join(folder, name), 'backup-damaged')
  })
  try {
    if (name.endsWith(SEALED)) yield* unseal(file, name.slice(0, -SEALED.length), key)
    else yield* readChunks(file)
  } catch (error) {
    throw fileError(error, 'read the backup file', join(folder, name), 'backup-damaged')
  } finally {
    await file.close()
  }
}

/** `readContent` as one text; for manifests and plans. */
export async function readContentText(folder: string, name: string, key: BackupKey | undefined): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of readContent(folder, name, key)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

/** Size and SHA-256 of the content. */
export async function hashContent(folder: string, name: string, key: BackupKey | undefined): Promise<Content> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of readContent(folder, name, key)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}
