import { OutgrowError } from '../errors.ts'
import type { Connection } from '../postgres/connect.ts'
import type { Sql } from '../postgres/sql.ts'
import { isConnectionLost, SQLSTATE, sqlState } from '../postgres/sqlstate.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { queueFor } from './queue.ts'
import { pendingFiles, readSqlFiles, type SqlFile } from './sql-files.ts'

/**
 * Brings schema `outgrow` to what this version of outgrow needs, on a session that is in no transaction. Each file is
 * applied in a transaction of its own, so a failed one leaves nothing and running again is the recovery; twins
 * queue, and who comes second finds the work done. When nothing is to do it costs one query. Throws `target-unsafe`
 * naming the file when an applied one was edited, is missing here, or when one is to be applied behind a later one; and
 * when a file cannot be applied. Returns the names of the files that this call applied.
 */
export async function ensureBookkeeping(connection: Connection, folder?: URL): Promise<string[]> {
  const files = await readSqlFiles(folder)
  const known = await appliedFiles(connection)
  if (known !== undefined && pendingFiles(files, known).length === 0) return []
  const applied: string[] = []
  for (const file of files) {
    if (await apply(connection, file, files)) applied.push(file.name)
  }
  return applied
}

/** True when this call applied the file, false when it was applied already. */
async function apply(connection: Connection, file: SqlFile, files: readonly SqlFile[]): Promise<boolean> {
  return inTransaction(connection, async (sql) => {
    await queueFor(sql, 'bookkeeping')
    await createLedger(sql)
    const pending = pendingFiles(files, (await appliedFiles(sql)) ?? new Map())
    if (!pending.includes(file)) return false
    await execute(sql, file)
    await sql.query('insert into outgrow.schema_migration (name, sha256) values ($1::text, $2::text)', [
      file.name,
      file.sha256,
    ])
    return true
  })
}

/** A role without CREATE on the database may work in a schema that was made for it, so `if not exists` will not do. */
async function createLedger(sql: Sql): Promise<void> {
  const { rows } = await sql.query<{ schema: boolean; ledger: boolean }>(
    `select to_regnamespace('outgrow') is not null as schema, to_regclass('outgrow.schema_migration') is not null as ledger`,
  )
  if (!rows[0]?.schema) await sql.query('create schema outgrow')
  if (rows[0]?.ledger) return
  await sql.query(
    `create table outgrow.schema_migration (
       name text primary key,
       sha256 text not null,
       applied_at timestamptz not null default clock_timestamp()
     )`,
  )
}

/** Name → SHA-256 of what was applied to this database; undefined when it has no bookkeeping yet. */
async function appliedFiles(sql: Sql): Promise<Map<string, string> | undefined> {
  try {
    const { rows } = await sql.query<{ name: string; sha256: string }>(
      'select name, sha256 from outgrow.schema_migration',
    )
    return new Map(rows.map((row) => [row.name, row.sha256]))
  } catch (error) {
    if (sqlState(error) === SQLSTATE.undefined_table) return undefined
    throw error
  }
}

async function execute(sql: Sql, file: SqlFile): Promise<void> {
  try {
    await sql.query(file.text)
  } catch (error) {
    if (isConnectionLost(error) || sqlState(error) === undefined || !(error instanceof Error)) throw error
    throw new OutgrowError('target-unsafe', `the bookkeeping file ${file.name} cannot be applied: ${error.message}`, {
      place: file.name,
      next: 'Nothing of it is left behind. Remove the obstacle and run the same command again.',
      cause: error,
    })
  }
}
