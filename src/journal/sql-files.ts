import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { OutgrowError } from '../errors.ts'
import { migrationSections } from '../schema/migration-file.ts'

export interface SqlFile {
  name: string
  /** What is applied: all of the file, or what stands between its `-- up` and `-- down`. */
  text: string
  /** Of the whole file. */
  sha256: string
}

/** The package's own files: beside src/ as beside dist/. */
export const OURS = new URL('../../sql/', import.meta.url)

/**
 * The numbered SQL files of the folder (`001_name.sql`, at least three digits), in order. Line ends are taken as LF, so that a
 * Windows checkout is no edit.
 */
export async function readSqlFiles(folder: URL = OURS): Promise<SqlFile[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{3,}_\w+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n')
      const sha256 = createHash('sha256').update(text).digest('hex')
      return { name, text: migrationSections(text)?.up ?? text, sha256 }
    }),
  )
}

/**
 * The files still to be applied, by comparing the two sets; never by the highest number, which would not notice a file
 * that was merged late. Throws `target-unsafe` when an applied file was edited, is not here, or comes after one that
 * was not applied. `kind` is what the files are called: `bookkeeping file`.
 */
export function pendingFiles(
  files: readonly SqlFile[],
  applied: ReadonlyMap<string, string>,
  kind = 'bookkeeping file',
): SqlFile[] {
  const here = new Map(files.map((file) => [file.name, file]))
  for (const [name, sha256] of [...applied].sort()) {
    const file = here.get(name)
    if (file === undefined) throw missing(kind, name)
    if (file.sha256 !== sha256) throw edited(kind, name)
  }
  const pending = files.filter((file) => !applied.has(file.name))
  const last = files.findLast((file) => applied.has(file.name))
  const skipped = pending.find((file) => last !== undefined && file.name < last.name)
  if (skipped !== undefined && last !== undefined) throw outOfOrder(kind, skipped.name, last.name)
  return pending
}

function missing(kind: string, name: string): OutgrowError {
  return new OutgrowError('target-unsafe', `the database has ${kind} ${name}, which is not known here`, {
    place: name,
    next: 'The database was used by a newer version: use that version or a later one.',
  })
}

function edited(kind: string, name: string): OutgrowError {
  return new OutgrowError('target-unsafe', `${kind} ${name} is not the one applied to this database`, {
    place: name,
    next: 'Files that were applied are never edited: install again, from a release.',
  })
}

function outOfOrder(kind: string, name: string, last: string): OutgrowError {
  return new OutgrowError('target-unsafe', `${kind} ${name} was skipped: ${last} is applied already`, {
    place: name,
    next: 'Number the new file after the last one that was applied.',
  })
}
