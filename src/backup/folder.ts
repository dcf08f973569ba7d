import type { Dirent } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from '../jsonstore/file-error.ts'
import { MANIFEST } from './manifest.ts'
import { parseBackupName, pathSafe } from './names.ts'
import { SEALED } from './seal.ts'
import { writerState } from './writer-process.ts'

const PARTIAL = '.partial'
/** A writer of another host cannot be asked whether it lives; after this long without a write it is taken for dead. */
const FORSAKEN_MS = 24 * 60 * 60 * 1000

/** Where the backups of a store are. */
export function storeFolder(root: string, store: string): string {
  return join(root, pathSafe(store))
}

export function partialName(name: string, writer: string): string {
  return `${name}.${writer}${PARTIAL}`
}

/** What the folder of a store holds, by name in order of time: finished backups, and those that were never finished. */
export async function scanFolder(folder: string): Promise<{ finished: string[]; partial: string[] }> {
  const names = (await entriesOf(folder)).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  names.sort()
  return {
    finished: names.filter((name) => parseBackupName(name) !== undefined),
    partial: names.filter((name) => writerOf(name) !== undefined),
  }
}

/** The name that an unfinished backup would have got, and who writes it. */
export function writerOf(partial: string): { name: string; writer: string } | undefined {
  const [, name, writer] = /^(.+)\.([0-9a-f]{8}-\d+-\d+)\.partial$/.exec(partial) ?? []
  if (name === undefined || writer === undefined || parseBackupName(name) === undefined) return undefined
  return { name, writer }
}

/** Removes what dead writers left unfinished; returns the names removed. */
export async function clearDead(folder: string, now: Date): Promise<string[]> {
  const removed: string[] = []
  for (const name of (await scanFolder(folder)).partial) {
    if (!(await isForsaken(join(folder, name), writerOf(name)?.writer ?? '', now))) continue
    await rm(join(folder, name), { recursive: true, force: true })
    removed.push(name)
  }
  return removed
}

/** The manifest's bytes and its name on disk, sealed or not; undefined when there is none. */
export async function readManifestFile(backup: string): Promise<{ name: string; bytes: Buffer } | undefined> {
  for (const name of [MANIFEST, `${MANIFEST}${SEALED}`]) {
    const bytes = await readFile(join(backup, name)).catch(absent)
    if (bytes !== undefined) return { name, bytes }
  }
  return undefined
}

/** What is in a folder; nothing when it is not there. */
export async function entriesOf(folder: string): Promise<Dirent[]> {
  return (await readdir(folder, { withFileTypes: true }).catch(absent)) ?? []
}

/** For `catch`: undefined when the file or folder is not there; any other error is thrown on. */
export function absent(error: unknown): undefined {
  if (errnoOf(error) === 'ENOENT') return undefined
  throw error
}

async function isForsaken(path: string, writer: string, now: Date): Promise<boolean> {
  const state = await writerState(writer)
  if (state !== 'elsewhere') return state === 'dead'
  const inside = await readdir(path, { recursive: true })
  const times = await Promise.all(['.', ...inside].map(async (name) => (await stat(join(path, name))).mtimeMs))
  return now.getTime() - Math.max(...times) > FORSAKEN_MS
}
