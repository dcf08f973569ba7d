import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isOutgrowError } from '../errors.ts'
import { absent, readManifestFile, scanFolder, storeFolder, writerOf } from './folder.ts'
import { type Manifest, readManifest, readSums, SUMS } from './manifest.ts'
import { type BackupKind, type NameParts, parseBackupName } from './names.ts'
import { readContentText } from './read-file.ts'
import { type BackupKey, SEALED } from './seal.ts'

export interface BackupEntry {
  name: string
  path: string
  created: Date
  kind: BackupKind
  /** The first characters of the run's id. */
  run: string
  /** `ok`: finished, and its manifest is what was written; its files are verifyBackup's to judge. */
  state: 'ok' | 'partial' | 'damaged-manifest'
  encrypted: boolean
  /** Absent when the backup is partial or damaged, or encrypted and the key was not given. */
  manifest: Manifest | undefined
  /** SHA-256 of the manifest on disk. */
  manifestSha256: string | undefined
}

/** The backups of a store, oldest first, with those that were never finished. Nothing is read but the manifests. */
export async function listBackups(
  root: string,
  store: string,
  options: { key?: BackupKey } = {},
): Promise<BackupEntry[]> {
  const folder = storeFolder(root, store)
  const { finished, partial } = await scanFolder(folder)
  const entries: BackupEntry[] = []
  for (const name of finished) {
    const parts = parseBackupName(name)
    if (parts !== undefined) entries.push(await finishedEntry(folder, name, parts, options.key))
  }
  for (const name of partial) {
    const parts = parseBackupName(writerOf(name)?.name ?? '')
    if (parts !== undefined) entries.push({ ...blank(folder, name, parts), state: 'partial' })
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function finishedEntry(
  folder: string,
  name: string,
  parts: NameParts,
  key: BackupKey | undefined,
): Promise<BackupEntry> {
  const entry = blank(folder, name, parts)
  const found = await readManifestFile(entry.path)
  if (found === undefined) return { ...entry, state: 'damaged-manifest' }
  const sums = readSums((await readFile(join(entry.path, SUMS), 'utf8').catch(absent)) ?? '')
  const sha256 = createHash('sha256').update(found.bytes).digest('hex')
  const encrypted = found.name.endsWith(SEALED)
  const told = { ...entry, encrypted, manifestSha256: sha256 }
  if (sums.get(found.name) !== sha256) return { ...told, state: 'damaged-manifest' }
  if (encrypted && key === undefined) return told
  try {
    return { ...told, manifest: readManifest(await readContentText(entry.path, found.name, key), entry.path) }
  } catch (error) {
    if (!isOutgrowError(error, 'backup-damaged')) throw error
    // Another key than this one: the manifest is whole, and its reader cannot tell more.
    return encrypted ? told : { ...told, state: 'damaged-manifest' }
  }
}

function blank(folder: string, name: string, parts: NameParts): BackupEntry {
  return {
    name,
    path: join(folder, name),
    ...parts,
    state: 'ok',
    encrypted: false,
    manifest: undefined,
    manifestSha256: undefined,
  }
}
