import { qualified, quoteIdent } from '../postgres/ident.ts'
import { createKeys, createTables } from '../schema/ddl.ts'
import { type Plan, POSITION } from '../schema/plan.ts'
import { textLiteral } from '../schema/statement.ts'
import { tablesOf } from '../schema/tables.ts'
import type { BackupTable } from './manifest.ts'
import { tableFile } from './names.ts'

/** What fills one table: `target` is `schema.table (columns)`, as COPY takes it; the file is named as its writer named it. */
export interface Filling {
  table: string
  target: string
  file: string
}

/** A restore as data, in its order: statements, then COPY, then statements. All in one transaction. */
export interface RestoreSteps {
  create: string[]
  fill: Filling[]
  finish: string[]
}

/**
 * Tables bare, rows, then keys; new records take the positions after the last; the planner learns what it has. Fails, and
 * so changes nothing, where a table of the name is there already.
 */
export function restoreSteps(plan: Plan, tables: readonly BackupTable[]): RestoreSteps {
  const names = tables.map((table) => qualified(plan.schema, table.name))
  return {
    create: [
      ...createTables(plan).map((statement) => statement.sql),
      ...tables.flatMap((one) => addColumns(plan, one)),
    ],
    fill: tables.map((table) => filling(plan, table)),
    finish: [
      ...createKeys(plan).map((statement) => statement.sql),
      ...tablesOf(plan).flatMap((one) => (one.parent === undefined ? [restartPosition(plan, one.table.name)] : [])),
      ...(names.length === 0 ? [] : [`analyze ${names.join(', ')}`]),
    ],
  }
}

/** The steps as a script for psql, which reads the files beside it. */
export function restoreScript({ create, fill, finish }: RestoreSteps): string {
  return [
    '-- Restores the tables of this backup. In its folder:',
    '-- psql --no-psqlrc --single-transaction --set ON_ERROR_STOP=1 --file restore.sql "$DATABASE_URL"',
    `set client_encoding to 'UTF8';`,
    `set "DateStyle" to 'ISO, YMD';`,
    `set search_path to pg_catalog;`,
    ...create.map((sql) => `${sql};`),
    ...fill.map(({ target, file }) => `\\copy ${target} from '${file}' with (freeze true)`),
    ...finish.map((sql) => `${sql};`),
    '',
  ].join('\n')
}

function filling(plan: Plan, table: BackupTable): Filling {
  const columns = table.columns.map((column) => quoteIdent(column.name)).join(', ')
  return {
    table: table.name,
    target: `${qualified(plan.schema, table.name)} (${columns})`,
    file: tableFile(table.name),
  }
}

function addColumns(plan: Plan, table: BackupTable): string[] {
  return table.columns
    .filter((column) => column.added)
    .map(
      (column) =>
        `alter table ${qualified(plan.schema, table.name)} add column ${quoteIdent(column.name)} ${column.type}`,
    )
}

function restartPosition(plan: Plan, name: string): string {
  const table = qualified(plan.schema, name)
  const sequence = `pg_get_serial_sequence(${textLiteral(table)}, '${POSITION}')`
  return `select setval(${sequence}, greatest(max(${POSITION}), 0) + 1, false) from ${table}`
}
