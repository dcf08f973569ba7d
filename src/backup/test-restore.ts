import { createHash, randomBytes } from 'node:crypto'
import type { Connection } from '../postgres/connect.ts'
import { copyOut } from '../postgres/copy-out.ts'
import { tableFile } from './names.ts'
import { copyOutPresentSql } from './present-columns.ts'
import { readContent } from './read-file.ts'
import { contentSha256, entryOf, type Restored, restoreTables } from './restore.ts'
import { RowsDigest } from './rows-digest.ts'
import type { BackupKey } from './seal.ts'
import type { VerifyOptions } from './verify-backup.ts'

export interface RestoreTest {
  /** Every table came back with the rows that the backup holds. */
  equal: boolean
  tables: { name: string; rows: number; equal: boolean; sameOrder: boolean }[]
  seconds: number
}

/**
 * Proves that a backup can be restored: restores its tables into a schema of its own, copies them out again, compares with
 * the backup's own files, and rolls all of it back. The connection must not be in a transaction. Throws what restoreTables throws.
 */
export async function testRestore(
  connection: Connection,
  path: string,
  options: VerifyOptions = {},
): Promise<RestoreTest> {
  const started = performance.now()
  await connection.query('begin')
  try {
    const schema = `outgrow_restore_${randomBytes(6).toString('hex')}`
    const restored = await restoreTables(connection, path, { ...options, schema })
    const tables: RestoreTest['tables'] = []
    for (const table of restored.tables) {
      tables.push({ ...table, ...(await compare(connection, path, restored, table.name, options.key)) })
    }
    return {
      equal: tables.every((table) => table.equal),
      tables,
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    if (connection.lost === undefined) await connection.query('rollback')
  }
}

/** Byte for byte first; rows in another order (another collation sorts keys otherwise) are still the same rows. */
async function compare(
  connection: Connection,
  path: string,
  { plan, manifest }: Restored,
  name: string,
  key: BackupKey | undefined,
): Promise<{ equal: boolean; sameOrder: boolean }> {
  const table = manifest.tables.find((one) => one.name === name) ?? { name, columns: [] }
  const entry = entryOf(manifest, tableFile(name))
  const sql = copyOutPresentSql(plan, plan.schema, table, manifest.tables)
  const hash = createHash('sha256')
  for await (const chunk of copyOut(connection, sql)) hash.update(chunk)
  if (hash.digest('hex') === contentSha256(entry)) return { equal: true, sameOrder: true }
  const restored = await rowsOf(copyOut(connection, sql))
  return { equal: restored === (await rowsOf(readContent(path, entry.name, key))), sameOrder: false }
}

async function rowsOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const digest = new RowsDigest()
  for await (const chunk of chunks) digest.update(chunk)
  return digest.digest()
}
