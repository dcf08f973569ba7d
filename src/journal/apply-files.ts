import { OutgrowError } from '../errors.ts'
import type { Connection } from '../postgres/connect.ts'
import { qualified, quoteIdent } from '../postgres/ident.ts'
import type { Sql } from '../postgres/sql.ts'
import { isConnectionLost, SQLSTATE, sqlState } from '../postgres/sqlstate.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { queueFor } from './queue.ts'
import { pendingFiles, readSqlFiles, type SqlFile } from './sql-files.ts'

/** Where it is written down which files a database has. */
export interface Ledger {
  schema: string
  table: string
  /** What the files are called in errors. */
  kind: 'bookkeeping file' | 'migration'
}

/**
 * Brings a database to what the numbered SQL files of a folder say, on a session that is in no transaction. Each file is
 * applied in a transaction of its own, so a failed one leaves nothing and running again is the recovery; twins queue, and
 * who comes second finds the work done. When nothing is to do it costs one query. Throws `target-unsafe` naming the file
 * when an applied one was edited, is missing here, or when one is to be applied behind a later one; and when a file
 * cannot be applied. Returns the names of the files that this call applied.
 */
export async function applyFiles(connection: Connection, ledger: Ledger, folder: URL): Promise<string[]> {
  const files = await readSqlFiles(folder)
  const known = await appliedFiles(connection, ledger)
  if (known !== undefined && pendingFiles(files, known, ledger.kind).length === 0) return []
  const applied: string[] = []
  for (const file of files) {
    if (await apply(connection, ledger, file, files)) applied.push(file.name)
  }
  return applied
}

/** True when this call applied the file, false when it was applied already. */
async function apply(
  connection: Connection,
  ledger: Ledger,
  file: SqlFile,
  files: readonly SqlFile[],
): Promise<boolean> {
  return inTransaction(connection, async (sql) => {
    await queueFor(sql, ledger.kind === 'migration' ? `migrations ${nameOf(ledger)}` : 'bookkeeping')
    await createLedger(sql, ledger)
    const pending = pendingFiles(files, (await appliedFiles(sql, ledger)) ?? new Map(), ledger.kind)
    if (!pending.includes(file)) return false
    await execute(sql, ledger, file)
    await sql.query(`insert into ${nameOf(ledger)} (name, sha256) values ($1::text, $2::text)`, [
      file.name,
      file.sha256,
    ])
    return true
  })
}

function nameOf({ schema, table }: Ledger): string {
  return qualified(schema, table)
}

/** A role without CREATE on the database may work in a schema that was made for it, so `if not exists` will not do. */
async function createLedger(sql: Sql, ledger: Ledger): Promise<void> {
  const schema = quoteIdent(ledger.schema)
  const { rows } = await sql.query<{ schema: boolean; ledger: boolean }>(
    'select to_regnamespace($1::text) is not null as schema, to_regclass($2::text) is not null as ledger',
    [schema, nameOf(ledger)],
  )
  if (!rows[0]?.schema) await sql.query(`create schema ${schema}`)
  if (rows[0]?.ledger) return
  await sql.query(
    `create table ${nameOf(ledger)} (
       name text primary key,
       sha256 text not null,
       applied_at timestamptz not null default clock_timestamp()
     )`,
  )
}

/** Name → SHA-256 of what was applied to this database; undefined when it has no ledger yet. */
async function appliedFiles(sql: Sql, ledger: Ledger): Promise<Map<string, string> | undefined> {
  try {
    const { rows } = await sql.query<{ name: string; sha256: string }>(`select name, sha256 from ${nameOf(ledger)}`)
    return new Map(rows.map((row) => [row.name, row.sha256]))
  } catch (error) {
    if (sqlState(error) === SQLSTATE.undefined_table) return undefined
    throw error
  }
}

async function execute(sql: Sql, { kind }: Ledger, file: SqlFile): Promise<void> {
  try {
    await sql.query(file.text)
  } catch (error) {
    if (isConnectionLost(error) || sqlState(error) === undefined || !(error instanceof Error)) throw error
    throw new OutgrowError('target-unsafe', `the ${kind} ${file.name} cannot be applied: ${error.message}`, {
      place: file.name,
      next: 'Nothing of it is left behind. Remove the obstacle and run the same command again.',
      cause: error,
    })
  }
}
