import { checklist } from './checklist.ts'
import { codeSpan, escapeText, fenced, table, yamlText } from './markdown.ts'
import type { Migration } from './migration-log.ts'
import { count, shellWord, slugOf, thousands, undoOf } from './migration-text.ts'
import type { BackupRecord, Run } from './runs.ts'

/** All that a page tells: a migration, its run, and the rollback that undid it, if one did. */
export interface PageData {
  /** Its place in the log, from 1. */
  place: number
  migration: Migration
  run: Run
  undone: Migration | undefined
}

/**
 * The page of a migration, as Markdown that CommonMark and MDX read alike. The same data always give the same bytes; no
 * clock, path or name of this machine enters that the data do not hold.
 */
export function pageText(data: PageData): string {
  const { run } = data
  return `${[
    frontMatter(data),
    `# Migrate ${escapeText(run.store)} to PostgreSQL`,
    'Written by outgrow from its migration log. Ticks in the checklist are kept when it is written again; other edits are not.',
    `## Scope\n\n${scope(data)}`,
    `## Timeline\n\n${timeline(data)}`,
    `## Figures\n\n${figures(run)}`,
    `## Verification\n\n${verification(run)}`,
    `## Backups\n\n${backup('Before', run.backupBefore)}\n\n${backup('After', run.backupAfter)}`,
    `## Rollback\n\n${rollback(data)}`,
    `## Checklist\n\n${checklist(data)}`,
  ].join('\n\n')}\n`
}

function frontMatter({ place, migration, run, undone }: PageData): string {
  return [
    '---',
    `title: ${yamlText(`Migrate ${run.store} to PostgreSQL`)}`,
    `sidebar_position: ${place}`,
    `tags: [migration, postgresql, ${yamlText(slugOf(run.store))}]`,
    'domain: data',
    'type: migration',
    `summary: ${yamlText(migration.change)}`,
    `status: ${undone === undefined ? 'committed' : 'rolled-back'}`,
    `last_review: ${undone?.date ?? migration.date}`,
    '---',
  ].join('\n')
}

function scope({ migration, run, undone }: PageData): string {
  const { audit } = migration
  return table(
    ['What', 'Value'],
    [
      ['Store', escapeText(run.store)],
      ['Run', codeSpan(run.id)],
      ['Status', undone === undefined ? 'committed' : `rolled back on ${undone.date} by run ${codeSpan(undone.run)}`],
      ['Owner', escapeText(run.owner)],
      ['Started by', escapeText(run.actor)],
      ['Source', run.source === null ? 'none' : `${codeSpan(run.source.path)}, ${count(run.source.bytes, 'byte')}`],
      ['Plan SHA-256', codeSpan(run.planSha256)],
      ['Audit entry', audit === null ? 'not noted' : `${audit.seq}, hash ${codeSpan(audit.hash)}`],
    ],
  )
}

function timeline({ run, undone }: PageData): string {
  const { seconds } = run.figures
  const phases = [
    ['Started', instant(run.startedAt), ''],
    ['Read', '', duration(seconds.read)],
    ['Infer', '', duration(seconds.infer)],
    ['Backup', '', duration(seconds.backup)],
    ['Load', '', duration(seconds.load)],
    ['Verify', '', duration(seconds.verify)],
    ['Committed', instant(run.committedAt), ''],
    ['Total', '', duration(seconds.total)],
  ]
  if (undone !== undefined && run.rolledBackAt !== null) phases.push(['Rolled back', instant(run.rolledBackAt), ''])
  return table(['Phase', 'At (UTC)', 'Seconds'], phases)
}

function figures(run: Run): string {
  const { collections } = run.figures
  if (collections.length === 0) return 'The store holds no collections.'
  return table(
    ['Collection', 'Table', 'Records', 'Rows', 'Aside', 'Quarantined'],
    collections.map((collection) => [
      escapeText(collection.name),
      escapeText(collection.table),
      thousands(collection.records),
      thousands(collection.rows),
      thousands(collection.aside),
      thousands(collection.quarantined),
    ]),
  )
}

function verification(run: Run): string {
  const { records, mismatches } = run.figures.verification
  return table(
    ['What', 'Value'],
    [
      ['Records read back and compared before commit', thousands(records)],
      ['Mismatches', thousands(mismatches)],
      ['Source SHA-256', run.source === null ? 'none' : codeSpan(run.source.sha256)],
    ],
  )
}

function backup(title: string, record: BackupRecord | null): string {
  if (record === null) return `### ${title}\n\nNone was recorded.`
  const facts = table(
    ['What', 'Value'],
    [
      ['Path', codeSpan(record.path)],
      ['SHA-256 of its manifest', codeSpan(record.sha256)],
    ],
  )
  const restore =
    record.restore.length === 0 ? '' : `\n\nTo restore it without outgrow:\n\n${fenced('sh', record.restore)}`
  return `### ${title}\n\n${facts}${restore}`
}

function rollback({ run, undone }: PageData): string {
  if (undone !== undefined)
    return `Rolled back on ${undone.date}. To migrate again:\n\n${fenced('sh', [undone.rollback])}`
  const commands = [undoOf(run), `outgrow log ${shellWord(run.store)}`]
  return `Undo this run, schema and data as before it, and look at the outcome:\n\n${fenced('sh', commands)}`
}

function instant(at: Date): string {
  return at.toISOString()
}

/** Milliseconds are what a person can use. */
function duration(seconds: number): string {
  return seconds.toFixed(3)
}
