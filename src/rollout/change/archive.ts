import { copyFile, mkdir, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { syncFolder, writeTextDurably } from '../../jsonstore/durable.ts'
import { hashFile } from '../../jsonstore/hash-file.ts'
import { fileOf } from '../store/authority.ts'
import type { Parts } from '../store/parts.ts'

/**
 * Copies the file, durably, into the folder beside it, with a line for `sha256sum -c`. Returns path and SHA-256. A second run
 * on the same day and epoch replaces the first.
 */
export async function archiveFile(parts: Parts): Promise<{ path: string; sha256: string; bytes: number }> {
  const { owner } = fileOf(parts)
  const folder = join(owner.folder, 'archive')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const name = `${new Date().toISOString().slice(0, 10)}-epoch-${parts.present.epoch}-${basename(owner.path)}`
  const path = join(folder, name)
  await copyFile(owner.path, path)
  const copy = await open(path, 'r+')
  await copy.sync().finally(() => copy.close())
  const { sha256, bytes } = await hashFile(path)
  await writeTextDurably(`${path}.sha256`, `${sha256}  ${name}\n`)
  await syncFolder(folder)
  return { path, sha256, bytes }
}
