import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { isOutgrowError } from '../errors.ts'
import { hashFile } from '../jsonstore/hash-file.ts'
import { chainProblems } from './chain.ts'
import { absent, readManifestFile } from './folder.ts'
import { type Manifest, type ManifestFile, readManifest, readSums, SUMS } from './manifest.ts'
import { hashContent, readContentText } from './read-file.ts'
import { type BackupKey, SEALED } from './seal.ts'

export interface BackupProblem {
  /** Path within the backup. */
  file: string
  problem: 'missing' | 'unexpected' | 'size' | 'content' | 'swapped' | 'manifest' | 'chain' | 'key'
  message: string
}

export interface VerifyReport {
  path: string
  manifest: Manifest | undefined
  manifestSha256: string | undefined
  /** Files and bytes read back. */
  files: number
  bytes: number
  /** Empty when the backup is whole. */
  problems: BackupProblem[]
  /** Worth knowing, and no problem: a predecessor that is gone. */
  notes: string[]
}

export interface VerifyOptions {
  key?: BackupKey
  /** What `finish` returned, kept elsewhere: finds a backup that was exchanged as a whole. */
  manifestSha256?: string
}

/**
 * Reads a backup back, every byte: sizes and hashes, files too many and too few, the manifest against its sum, against
 * what its neighbours in the chain say of it, and against the name of its folder. Encrypted files are decrypted. What is
 * wrong comes back as values; only an unreadable disk throws.
 */
export async function verifyBackup(path: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const report: VerifyReport = {
    path,
    manifest: undefined,
    manifestSha256: undefined,
    files: 0,
    bytes: 0,
    problems: [],
    notes: [],
  }
  const found = await readManifestFile(path)
  if (found === undefined) {
    report.problems.push({ file: 'manifest.json', problem: 'missing', message: 'The manifest is missing.' })
    return report
  }
  report.manifestSha256 = createHash('sha256').update(found.bytes).digest('hex')
  const sums = readSums((await readFile(join(path, SUMS), 'utf8').catch(absent)) ?? '')
  report.problems.push(...manifestProblems(report.manifestSha256, found.name, sums, options))
  report.manifest = await manifestOf(path, found.name, options.key, report.problems)
  if (report.manifest === undefined) return report
  await checkFiles(report, report.manifest, sums, options.key)
  report.problems.push(...(await unexpectedFiles(path, report.manifest, found.name)))
  await checkPlace(report, report.manifest, found.name, options.key)
  return report
}

function manifestProblems(
  sha256: string,
  file: string,
  sums: ReadonlyMap<string, string>,
  options: VerifyOptions,
): BackupProblem[] {
  const problems: BackupProblem[] = []
  const tell = (message: string): void => void problems.push({ file, problem: 'manifest', message })
  if (!sums.has(file)) tell(`${SUMS} is missing, or does not list the manifest.`)
  else if (sums.get(file) !== sha256) tell(`The manifest is not the one that ${SUMS} lists: it was edited.`)
  if (options.manifestSha256 !== undefined && options.manifestSha256 !== sha256) {
    tell('The manifest is not the one that was recorded when the backup was made.')
  }
  return problems
}

async function manifestOf(
  path: string,
  file: string,
  key: BackupKey | undefined,
  problems: BackupProblem[],
): Promise<Manifest | undefined> {
  try {
    return readManifest(await readContentText(path, file, key), join(path, file))
  } catch (error) {
    if (!isOutgrowError(error, 'backup-damaged')) throw error
    const problem = file.endsWith(SEALED) && error.next?.startsWith('Give the backup key') ? 'key' : 'manifest'
    problems.push({ file, problem, message: error.message })
    return undefined
  }
}

async function checkFiles(
  report: VerifyReport,
  manifest: Manifest,
  sums: ReadonlyMap<string, string>,
  key: BackupKey | undefined,
): Promise<void> {
  for (const file of manifest.files) {
    const found = await hashFile(join(report.path, file.name)).catch(absent)
    const problem = fileProblem(file, found, manifest, sums) ?? (await sealProblem(report.path, file, key))
    if (problem !== undefined) report.problems.push(problem)
    report.files++
    report.bytes += found?.bytes ?? 0
  }
}

function fileProblem(
  file: ManifestFile,
  found: { bytes: number; sha256: string } | undefined,
  manifest: Manifest,
  sums: ReadonlyMap<string, string>,
): BackupProblem | undefined {
  const tell = (problem: BackupProblem['problem'], message: string) => ({ file: file.name, problem, message })
  if (found === undefined) return tell('missing', `${file.name} is missing.`)
  if (found.sha256 === file.sha256) {
    if (sums.get(file.name) === file.sha256) return undefined
    return tell('manifest', `${SUMS} does not list ${file.name} as the manifest does: one of them was edited.`)
  }
  const owner = manifest.files.find((one) => one.sha256 === found.sha256)
  if (owner !== undefined) return tell('swapped', `${file.name} holds what belongs in ${owner.name}.`)
  if (found.bytes !== file.bytes) {
    return tell('size', `${file.name} has ${found.bytes} bytes and had ${file.bytes} when it was written.`)
  }
  return tell('content', `${file.name} has changed since it was written: its SHA-256 is ${found.sha256}.`)
}

async function sealProblem(
  path: string,
  file: ManifestFile,
  key: BackupKey | undefined,
): Promise<BackupProblem | undefined> {
  if (file.content === undefined) return undefined
  try {
    const content = await hashContent(path, file.name, key)
    if (content.sha256 === file.content.sha256) return undefined
    return { file: file.name, problem: 'content', message: `${file.name} does not decrypt to what was encrypted.` }
  } catch (error) {
    if (!isOutgrowError(error, 'backup-damaged')) throw error
    return { file: file.name, problem: 'content', message: error.message }
  }
}

async function unexpectedFiles(path: string, manifest: Manifest, own: string): Promise<BackupProblem[]> {
  const known = new Set([own, SUMS, ...manifest.files.map((file) => file.name)])
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !known.has(name))
    .map((file) => ({ file, problem: 'unexpected', message: `${file} is not in the manifest.` }))
}

async function checkPlace(
  report: VerifyReport,
  manifest: Manifest,
  file: string,
  key: BackupKey | undefined,
): Promise<void> {
  const name = basename(resolve(report.path))
  if (manifest.name !== name) {
    const message = `The manifest is that of ${manifest.name}, and the folder is ${name}.`
    report.problems.push({ file, problem: 'manifest', message })
  }
  const { problems, notes } = await chainProblems(
    resolve(report.path),
    manifest,
    report.manifestSha256 ?? '',
    file,
    key,
  )
  report.problems.push(...problems)
  report.notes.push(...notes)
}
