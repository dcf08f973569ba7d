import { createHash } from 'node:crypto'
import type { Run } from './runs.ts'

/** The change in one line, for the migration log. */
export function changeOf(run: Pick<Run, 'verb' | 'store' | 'figures'>): string {
  const { collections } = run.figures
  const records = collections.reduce((sum, collection) => sum + collection.records, 0)
  const what = `${count(records, 'record')} in ${count(collections.length, 'collection')}`
  return run.verb === 'migrate'
    ? `Migrate ${run.store} to PostgreSQL: ${what}`
    : `Roll back ${run.store}: PostgreSQL as before the run that is undone`
}

/** The command that undoes a run; for a rollback, that is to migrate again. */
export function undoOf(run: Pick<Run, 'verb' | 'store' | 'id' | 'source'>): string {
  return run.verb === 'migrate'
    ? `outgrow rollback ${shellWord(run.store)} --run ${run.id}`
    : `outgrow migrate ${run.source === null ? 'STORE' : shellWord(run.source.path)} --name ${shellWord(run.store)}`
}

/** File name, without its ending, of the page of a migration of that day. */
export function pageBase(date: string, store: string): string {
  return `${date}-migrate-${slugOf(store)}-to-postgres`
}

/** Part of a file name: `a-z`, `0-9` and `-`. A name without any of these gets a digest of it, so that it has one. */
export function slugOf(store: string): string {
  const slug = store
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 80)
    .replace(/^-|-$/g, '')
  return slug === '' ? `store-${createHash('sha256').update(store).digest('hex').slice(0, 8)}` : slug
}

/** The text as one word of a POSIX shell, whatever it contains (save U+0000, which no argument can hold). */
export function shellWord(text: string): string {
  return /^[\w./:@%+=][\w./:@%+=-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** `1 record`, `12,345 records`. */
export function count(n: number, noun: string): string {
  return `${thousands(n)} ${noun}${n === 1 ? '' : 's'}`
}

/** A whole number with its thousands set apart, in the same way on every machine. */
export function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}
