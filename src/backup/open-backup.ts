import { createHash } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OutgrowError } from '../errors.ts'
import { syncFolder } from '../jsonstore/durable.ts'
import { fileError } from '../jsonstore/file-error.ts'
import { type BackupFile, type Content, createBackupFile, type OpenFile } from './backup-file.ts'
import { clearDead, partialName, readManifestFile, scanFolder, storeFolder } from './folder.ts'
import { MANIFEST, type Manifest, type ManifestFile, SUMS, writeManifest, writeSums } from './manifest.ts'
import { type BackupKind, backupName, parseBackupName } from './names.ts'
import { hashContent } from './read-file.ts'
import { restoreLines } from './restore-lines.ts'
import { type BackupKey, checkKey, SEALED } from './seal.ts'
import { thisWriter } from './writer-process.ts'

export interface BackupHead {
  store: string
  kind: BackupKind
  /** Id of the run that it belongs to. */
  run: string
  note?: string
}

export interface BackupOptions {
  /** Given, nothing is written in clear. */
  key?: BackupKey
  /** Name and version of what writes it, e.g. `outgrow 0.1.0`. */
  tool?: string
  now?: () => Date
}

/** What copyStore and copyTables tell about what they wrote; merge them for `finish`. */
export type BackupDetails = Partial<
  Pick<Manifest, 'source' | 'server' | 'schema' | 'plan_sha256' | 'tables' | 'remarks'>
>

export interface FinishedBackup {
  path: string
  manifest: Manifest
  /** Of the manifest on disk: keep it elsewhere (the ledger), and an exchanged backup is found by it. */
  manifestSha256: string
}

/** A backup that is being written. Whoever opened it calls `finish` or `discard`. */
export interface BackupWriter {
  /** The folder while it is unfinished. */
  path: string
  /** Creates a file; the name is a relative path such as `store.json` or `tableFile('ideas')`. */
  file(name: string): Promise<BackupFile>
  /** Reads a closed file back; throws `backup-damaged` unless its content is this. */
  readBack(name: string, content: Content): Promise<void>
  /** Writes manifest and sums, syncs, and gives the folder its name: from here on the backup exists. */
  finish(details: BackupDetails): Promise<FinishedBackup>
  /** Removes what was written; does nothing after `finish`, nor a second time. */
  discard(): Promise<void>
}

/**
 * Begins a backup in a folder that ends in `.partial`, and removes those that dead writers left for the same store. A crash
 * at any moment leaves either a finished backup or a `.partial` folder. Names of one store rise with time even when the
 * clock was set back.
 */
export async function openBackup(root: string, head: BackupHead, options: BackupOptions = {}): Promise<BackupWriter> {
  if (options.key !== undefined) checkKey(options.key)
  const folder = storeFolder(root, head.store)
  try {
    const now = options.now?.() ?? new Date()
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await clearDead(folder, now)
    const created = await timeOf(folder, now)
    const name = backupName({ created, kind: head.kind, run: head.run })
    const path = join(folder, partialName(name, await thisWriter()))
    await mkdir(path, { mode: 0o700 })
    return writerIn(path, { ...head, name, created: created.toISOString() }, options)
  } catch (error) {
    throw fileError(error, 'begin a backup in', folder)
  }
}

async function timeOf(folder: string, now: Date): Promise<Date> {
  const { finished } = await scanFolder(folder)
  const last = parseBackupName(finished.at(-1) ?? '')
  return last === undefined || last.created < now ? now : new Date(last.created.getTime() + 1)
}

type Head = BackupHead & Pick<Manifest, 'name' | 'created'>

function writerIn(path: string, head: Head, options: BackupOptions): BackupWriter {
  const entries: ManifestFile[] = []
  const open = new Set<OpenFile>()
  let over = false
  const create = async (name: string): Promise<BackupFile> => {
    const file = await createBackupFile(path, name, options.key, (entry) => {
      entries.push(entry)
      open.delete(file)
    })
    open.add(file)
    return file
  }
  const finish = async (details: BackupDetails): Promise<FinishedBackup> => {
    if (open.size > 0) throw new OutgrowError('failure', 'a backup was finished before its last file was closed')
    const files = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))
    const manifest = await manifestOf(head, options, details, files, dirname(path))
    const own = await create(MANIFEST)
    await own.write(Buffer.from(writeManifest(manifest)))
    await own.close()
    const last = entries.at(-1) as ManifestFile
    const final = await settle(path, head.name, writeSums([...files, last]))
    over = true
    return { path: final, manifest, manifestSha256: last.sha256 }
  }
  const discard = async (): Promise<void> => {
    if (over) return
    over = true
    for (const file of open) await file.abandon()
    await rm(path, { recursive: true, force: true })
  }
  const told = (error: unknown): never => {
    throw fileError(error, 'write the backup', path)
  }
  return {
    path,
    file: create,
    readBack: (name, content) => readBack(path, name, content, options.key),
    finish: (details) => finish(details).catch(told),
    discard: () => discard().catch(told),
  }
}

async function readBack(path: string, name: string, content: Content, key: BackupKey | undefined): Promise<void> {
  const found = await hashContent(path, key === undefined ? name : `${name}${SEALED}`, key)
  if (found.bytes === content.bytes && found.sha256 === content.sha256) return
  throw new OutgrowError('backup-damaged', `The backup file ${name} does not read back as it was written.`, {
    place: join(path, name),
    next: 'Check the disk, then run this again.',
  })
}

async function manifestOf(
  head: Head,
  options: BackupOptions,
  details: BackupDetails,
  files: ManifestFile[],
  folder: string,
): Promise<Manifest> {
  const manifest: Manifest = {
    version: 1,
    name: head.name,
    store: head.store,
    kind: head.kind,
    run: head.run,
    created: head.created,
    tool: options.tool ?? 'outgrow',
    note: head.note ?? null,
    server: details.server ?? null,
    source: details.source ?? null,
    schema: details.schema ?? null,
    plan_sha256: details.plan_sha256 ?? null,
    tables: details.tables ?? [],
    files,
    previous: await previousIn(folder),
    remarks: details.remarks ?? [],
    restore: [],
  }
  return { ...manifest, restore: restoreLines(manifest, options.key?.keyId) }
}

/** The newest finished backup. Its manifest is hashed as it is on disk, so that sealed ones chain too. */
async function previousIn(folder: string): Promise<Manifest['previous']> {
  const { finished } = await scanFolder(folder)
  for (const name of finished.reverse()) {
    const manifest = await readManifestFile(join(folder, name))
    if (manifest === undefined) continue
    return { name, manifest_sha256: createHash('sha256').update(manifest.bytes).digest('hex') }
  }
  return null
}

/** The last steps, in the order that a power cut demands: contents, folders, the name, the folder above. */
async function settle(path: string, name: string, sums: string): Promise<string> {
  await writeFile(join(path, SUMS), sums, { flag: 'wx', mode: 0o600, flush: true })
  const inside = await readdir(path, { recursive: true, withFileTypes: true })
  for (const entry of inside.filter((one) => one.isDirectory())) await syncFolder(join(entry.parentPath, entry.name))
  await syncFolder(path)
  const final = join(dirname(path), name)
  await rename(path, final)
  await syncFolder(dirname(final))
  await syncFolder(dirname(dirname(final)))
  return final
}
