import { createHash } from 'node:crypto'
import type { Connection } from '../postgres/connect.ts'
import { copyOut } from '../postgres/copy-out.ts'
import type { Sql } from '../postgres/sql.ts'
import { expandSql } from '../schema/ddl.ts'
import type { Plan } from '../schema/plan.ts'
import { writePlan } from '../schema/plan-file.ts'
import type { BackupTable } from './manifest.ts'
import { tableFile } from './names.ts'
import type { BackupDetails, BackupWriter } from './open-backup.ts'
import { copyOutPresentSql, plannedTables, presentTables } from './present-columns.ts'
import { RESTORE_SQL } from './restore-lines.ts'
import { restoreScript, restoreSteps } from './restore-steps.ts'

/** Names of the files that say what the tables are. */
export const PLAN_FILE = 'plan.json'
export const SCHEMA_SQL = 'schema.sql'

/**
 * Every table of the plan as COPY text, in the order of the document, with all its columns, and what it takes to restore
 * them without outgrow. Run it in a repeatable read transaction, so that the tables are of one moment.
 */
export async function copyTables(writer: BackupWriter, connection: Connection, plan: Plan): Promise<BackupDetails> {
  const { tables, remarks } = await presentTables(connection, plan)
  for (const table of tables) {
    const file = await writer.file(tableFile(table.name))
    let rows = 0
    for await (const chunk of copyOut(connection, copyOutPresentSql(plan, plan.schema, table, tables))) {
      rows += countRows(chunk)
      await file.write(chunk)
    }
    await file.close(rows)
  }
  return describeTables(writer, connection, plan, { tables, remarks })
}

/**
 * The part of `copyTables` beside the rows: plan, schema and restore script. For a run that tees its own read-back of tables
 * it has just made into `tableFile(name)`, in the columns of copyColumns; `store_values` as (name, value).
 */
export async function describeTables(
  writer: BackupWriter,
  sql: Sql,
  plan: Plan,
  present: { tables: BackupTable[]; remarks: string[] } = { tables: plannedTables(plan), remarks: [] },
): Promise<BackupDetails> {
  const text = writePlan(plan)
  const up = expandSql(plan).up.map((statement) => `${statement.sql};\n`)
  await writeText(writer, PLAN_FILE, text)
  await writeText(writer, SCHEMA_SQL, up.join(''))
  await writeText(writer, RESTORE_SQL, restoreScript(restoreSteps(plan, present.tables)))
  const { rows } = await sql.query<{ server: string }>(`select current_setting('server_version') as server`)
  return {
    schema: plan.schema,
    plan_sha256: createHash('sha256').update(text).digest('hex'),
    server: `PostgreSQL ${rows[0]?.server ?? ''}`,
    ...present,
  }
}

/** A row of COPY text ends with the only raw line feed in it. */
export function countRows(chunk: Buffer): number {
  let rows = 0
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows++
  return rows
}

async function writeText(writer: BackupWriter, name: string, text: string): Promise<void> {
  const file = await writer.file(name)
  await file.write(Buffer.from(text))
  await file.close()
}
