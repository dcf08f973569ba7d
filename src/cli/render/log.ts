import type { AuditCheck } from '../../journal/audit-check.ts'
import type { SealedEntry } from '../../journal/audit-entry.ts'
import type { Migration } from '../../journal/migration-log.ts'
import { counted } from './figures.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

export function renderMigrations(migrations: readonly Migration[]): string {
  if (migrations.length === 0) return 'The migration log has no entry.'
  const rows = migrations.map(({ date, change, rollback, owner, run }) => [date, change, rollback, owner, run])
  return table(['Date', 'Change', 'Rollback', 'Owner', 'Run'], rows)
}

export function renderAudit(entries: readonly SealedEntry[]): string {
  if (entries.length === 0) return 'The audit log has no entry.'
  const rows = entries.map(({ seq, at, actor, act, subject, outcome, hash }) => {
    return [String(seq), at, actor, act, subject, outcome, hash.slice(0, 12)]
  })
  return table([{ title: 'Entry', right: true }, 'At', 'Actor', 'Act', 'Subject', 'Outcome', 'Hash'], rows)
}

export function renderAuditCheck({ entries, ok, broken }: AuditCheck, style: Style): string {
  const read = counted(entries, 'entry', 'entries')
  if (ok) return `${style.green('Whole:')} ${read}, each continuing the one before it.`
  return `${style.red('Broken:')} ${printable(broken?.problem ?? 'the chain does not hold')} (${read} before it are sound).`
}
