import { createHash } from 'node:crypto'
import { OutgrowError } from '../errors.ts'
import { writeDurably } from '../jsonstore/durable.ts'
import type { Connection } from '../postgres/connect.ts'
import { copyIn } from '../postgres/copy-in.ts'
import { SQLSTATE, sqlState } from '../postgres/sqlstate.ts'
import type { Plan } from '../schema/plan.ts'
import { readPlan } from '../schema/plan-file.ts'
import { PLAN_FILE } from './copy-tables.ts'
import type { Manifest, ManifestFile } from './manifest.ts'
import { readContent, readContentText } from './read-file.ts'
import { STORE_FILE } from './restore-lines.ts'
import { restoreSteps } from './restore-steps.ts'
import { type BackupKey, SEALED } from './seal.ts'
import { type BackupProblem, type VerifyOptions, verifyBackup } from './verify-backup.ts'

export interface Restored {
  plan: Plan
  manifest: Manifest
  tables: { name: string; rows: number }[]
}

/**
 * Restores the tables of a backup in the caller's transaction: tables, rows (frozen), keys, positions, statistics; into the
 * plan's schema or into another. Refuses a backup in which verifyBackup finds anything, before it touches the database, and
 * a schema that has one of the tables (`target-occupied`): drop them first, in the same transaction.
 */
export async function restoreTables(
  connection: Connection,
  path: string,
  options: VerifyOptions & { schema?: string } = {},
): Promise<Restored> {
  const manifest = await verified(path, options, () => true)
  const plan = await planOf(path, manifest, options.key)
  const target: Plan = { ...plan, schema: options.schema ?? plan.schema }
  const steps = restoreSteps(target, manifest.tables)
  const tables: Restored['tables'] = []
  for (const statement of steps.create) await connection.query(statement).catch(occupied)
  for (const { table, target, file } of steps.fill) {
    const sql = `copy ${target} from stdin with (freeze true)`
    tables.push({ name: table, rows: await fill(connection, sql, path, entryOf(manifest, file), options.key) })
  }
  for (const statement of steps.finish) await connection.query(statement)
  return { plan: target, manifest, tables }
}

/**
 * Writes the backup's JSON file to `target`, durably, and only if it is still what was backed up. Damage to the tables of the
 * same backup does not stand in its way.
 */
export async function restoreStoreFile(path: string, target: string, options: VerifyOptions = {}): Promise<void> {
  const concerns = ({ file, problem }: BackupProblem): boolean =>
    file.startsWith(STORE_FILE) || ['manifest', 'chain', 'key'].includes(problem) || file.startsWith('manifest.json')
  const entry = entryOf(await verified(path, options, concerns), STORE_FILE)
  await writeDurably(target, async (sink) => {
    const hash = createHash('sha256')
    for await (const chunk of readContent(path, entry.name, options.key)) {
      hash.update(chunk)
      await sink.write(chunk)
    }
    if (hash.digest('hex') !== contentSha256(entry)) throw changedMeanwhile(path, entry.name)
  })
}

/** SHA-256 of what a file of the backup holds, before encryption. */
export function contentSha256(entry: ManifestFile): string {
  return entry.content?.sha256 ?? entry.sha256
}

/** The manifest's entry of a file by the name its writer gave it. Throws `backup-damaged` when there is none. */
export function entryOf(manifest: Manifest, name: string): ManifestFile {
  const entry = manifest.files.find((file) => file.name === name || file.name === `${name}${SEALED}`)
  if (entry !== undefined) return entry
  throw new OutgrowError('backup-damaged', `The backup ${manifest.name} holds no ${name}.`, {
    place: manifest.name,
    next: 'Choose a backup that holds it: outgrow backup list.',
  })
}

async function verified(
  path: string,
  options: VerifyOptions,
  concerns: (problem: BackupProblem) => boolean,
): Promise<Manifest> {
  const report = await verifyBackup(path, options)
  const problems = report.problems.filter(concerns)
  const [first] = problems
  if (first === undefined && report.manifest !== undefined) return report.manifest
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  throw new OutgrowError('backup-damaged', `The backup cannot be restored: ${first?.message ?? ''}${more}`, {
    place: `${path}/${first?.file ?? ''}`,
    next: first?.problem === 'key' ? 'Give the backup key.' : 'Restore from another backup: outgrow backup list.',
  })
}

async function planOf(path: string, manifest: Manifest, key: BackupKey | undefined): Promise<Plan> {
  const entry = entryOf(manifest, PLAN_FILE)
  return readPlan(await readContentText(path, entry.name, key), `${path}/${entry.name}`)
}

/** Fills one table; the bytes are hashed once more on their way, since they are read a second time. */
async function fill(
  connection: Connection,
  sql: string,
  path: string,
  entry: ManifestFile,
  key: BackupKey | undefined,
): Promise<number> {
  const copy = copyIn(connection, sql)
  const hash = createHash('sha256')
  try {
    for await (const chunk of readContent(path, entry.name, key)) {
      hash.update(chunk)
      // The chunk is the reader's and will be overwritten; what the socket gets is its own.
      await copy.write(Buffer.from(chunk))
    }
    const rows = await copy.end()
    if (hash.digest('hex') !== contentSha256(entry)) throw changedMeanwhile(path, entry.name)
    if (entry.rows !== undefined && entry.rows !== rows) throw changedMeanwhile(path, entry.name)
    return rows
  } catch (error) {
    await copy.abort('outgrow gave up')
    throw error
  }
}

function occupied(error: unknown): never {
  if (sqlState(error) !== SQLSTATE.duplicate_table) throw error
  throw new OutgrowError('target-occupied', `The tables are there already: ${(error as Error).message}.`, {
    next: 'Drop them first, or restore into another schema.',
    cause: error,
  })
}

function changedMeanwhile(path: string, file: string): OutgrowError {
  return new OutgrowError('backup-damaged', `The backup file ${file} changed while it was restored.`, {
    place: `${path}/${file}`,
    next: 'Nothing was restored. Keep others from writing there, then run this again.',
  })
}
