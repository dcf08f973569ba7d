import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeTextDurably } from '../jsonstore/durable.ts'
import type { Sql } from '../postgres/sql.ts'
import { keepTicks } from './checklist.ts'
import { indexText } from './index-text.ts'
import { listMigrations, type Migration } from './migration-log.ts'
import { type PageData, pageText } from './page-text.ts'
import { findRun, type Run } from './runs.ts'

/** Where the migration log of a project lies unless the operator says otherwise. */
export const PAGES_FOLDER = 'docs/migrations'

export interface WrittenPages {
  /** Path of the index. */
  index: string
  /** Paths of all pages of this database, newest first. */
  pages: string[]
  /** Paths of the files that this call wrote; those that stood as they should are not touched. */
  written: string[]
}

/**
 * Writes the migration log of the database as files: `README.md`, the index, and a page per migration. Each file is replaced
 * durably and at once. Everything comes from the database, so running again restores what was deleted and changes nothing
 * else; ticks that a person set and text around the index's table stay. A page that tells of a run of another database
 * is never overwritten: ours then has the start of its run's id in its name.
 */
export async function writeMigrationPages(sql: Sql, folder: string): Promise<WrittenPages> {
  await mkdir(folder, { recursive: true })
  const migrations = await listMigrations(sql)
  const names = new Map<string, string>()
  const result: WrittenPages = { index: join(folder, 'README.md'), pages: [], written: [] }
  for (const data of pagesOf(migrations)) {
    const run = await findRun(sql, data.migration.run)
    if (run === undefined) continue
    const name = await writePage(folder, { ...data, run }, result)
    names.set(data.migration.page, name)
    result.pages.push(join(folder, name))
  }
  const standing = await readIfThere(result.index)
  const index = indexText(standing, migrations, (migration) => names.get(migration.page) ?? migration.page)
  await writeIfOther(result.index, standing, index, result)
  return result
}

/** The entries that have a page of their own, each with its rollback, newest first. */
function pagesOf(migrations: readonly Migration[]): Omit<PageData, 'run'>[] {
  const undone = new Map(migrations.filter((entry) => entry.verb === 'rollback').map((entry) => [entry.page, entry]))
  const own = migrations.filter((entry) => entry.verb === 'migrate')
  return own.map((migration, i) => ({ place: own.length - i, migration, undone: undone.get(migration.page) }))
}

async function writePage(folder: string, data: PageData, result: WrittenPages): Promise<string> {
  let name = data.migration.page
  let standing = await readIfThere(join(folder, name))
  if (standing !== undefined && !tellsOf(standing, data.run)) {
    name = name.replace(/\.md$/, `-${data.run.id.slice(0, 8)}.md`)
    standing = await readIfThere(join(folder, name))
  }
  const fresh = pageText(data)
  await writeIfOther(join(folder, name), standing, standing === undefined ? fresh : keepTicks(standing, fresh), result)
  return name
}

function tellsOf(page: string, run: Run): boolean {
  return page.includes(`| Run | \`${run.id}\` |`)
}

async function writeIfOther(path: string, standing: string | undefined, text: string, result: WrittenPages) {
  if (standing === text) return
  await writeTextDurably(path, text)
  result.written.push(path)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
