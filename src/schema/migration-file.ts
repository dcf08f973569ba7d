import { contractSql } from './contract.ts'
import { expandSql, type Migration } from './ddl.ts'
import { snakeCase } from './names.ts'
import type { Plan } from './plan.ts'
import type { Statement } from './statement.ts'

export interface MigrationFile {
  name: string
  text: string
}

const UP = '-- up'
const DOWN = '-- down'

/**
 * The expand and contract migrations of a plan as numbered SQL files: `007_expand_idea_bank.sql`. The same plan gives the
 * same bytes. A file whose latest number already has this text keeps that number, so that planning again writes nothing
 * new; a changed one gets the next number, and files that may have run are never rewritten. Contract always follows expand.
 */
export function migrationFiles(plan: Plan, existing: readonly MigrationFile[]): [MigrationFile, MigrationFile] {
  const store = snakeCase(plan.store) || plan.schema
  const expand = numbered(`expand_${store}.sql`, expandText(plan), existing, 0)
  const contract = numbered(`contract_${store}.sql`, contractText(plan), [...existing, expand], numberOf(expand.name))
  return [expand, contract]
}

/** The statements between `-- up` and `-- down`, and those after `-- down`; undefined when a section is missing. */
export function migrationSections(text: string): { up: string; down: string } | undefined {
  const lines = text.split('\n')
  const up = lines.indexOf(UP)
  const down = lines.indexOf(DOWN)
  if (up < 0 || down < up) return undefined
  return { up: lines.slice(up + 1, down).join('\n'), down: lines.slice(down + 1).join('\n') }
}

function expandText(plan: Plan): string {
  return fileText(expandSql(plan), [
    `Expand: the tables of store ${JSON.stringify(plan.store)}, their keys, checks and indexes.`,
    'Down removes them with their data.',
  ])
}

function contractText(plan: Plan): string {
  return fileText(contractSql(plan), [
    `Contract: what the JSON file of store ${JSON.stringify(plan.store)} never enforced. Run it after stage complete.`,
    'Down removes the constraints and gives dropped columns back, empty.',
  ])
}

function fileText(migration: Migration, head: readonly string[]): string {
  const lines = [
    ...head,
    'Each section may run in one transaction, and again: what is already done is skipped.',
    'By hand, one section at a time:',
    `  up    sed '/^-- down$/,$d' FILE | psql --single-transaction --set ON_ERROR_STOP=1`,
    `  down  sed '1,/^-- down$/d' FILE | psql --single-transaction --set ON_ERROR_STOP=1`,
  ]
  return [...lines.map((line) => `-- ${line}`), UP, ...render(migration.up), DOWN, ...render(migration.down), ''].join(
    '\n',
  )
}

function render(statements: readonly Statement[]): string[] {
  return statements.map((statement) => `${statement.repeatable};`)
}

function numbered(rest: string, text: string, existing: readonly MigrationFile[], after: number): MigrationFile {
  const own = existing.filter((file) => file.name.replace(/^\d+_/, '') === rest)
  const latest = own.reduce((top, file) => Math.max(top, numberOf(file.name)), 0)
  const kept = own.find((file) => numberOf(file.name) === latest && file.text === text)
  if (kept !== undefined && latest > after) return kept
  const next = existing.reduce((top, file) => Math.max(top, numberOf(file.name)), 0) + 1
  return { name: `${String(next).padStart(3, '0')}_${rest}`, text }
}

function numberOf(name: string): number {
  return Number(/^(\d+)_/.exec(name)?.[1] ?? 0)
}
