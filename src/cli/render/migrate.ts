import type { CollectionFigures, MigrateReport } from '../../journal/report.ts'
import { count, counted, duration } from './figures.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { facts, table } from './table.ts'

const HEADINGS = [
  'Collection',
  'Table',
  { title: 'Records', right: true },
  { title: 'Rows', right: true },
  { title: 'Aside', right: true },
  { title: 'Quarantined', right: true },
]

/** What a run did: its outcome, the counters of each collection, the comparison, backups and times. */
export function renderMigrate(report: MigrateReport, style: Style): string {
  const { run, collections, verification, backup, seconds } = report
  const phases = Object.entries(seconds).filter(([phase]) => phase !== 'total')
  const times = phases.map(([phase, took]) => `${phase} ${duration(took)}`).join(', ')
  const lines: [string, string][] = [
    ['Compared', `${counted(verification.records, 'record')}, ${counted(verification.mismatches, 'difference')}`],
    ...(run ? ([['Run', run]] as [string, string][]) : []),
    ...(backup.before ? ([['Backup before', backup.before]] as [string, string][]) : []),
    ...(backup.after ? ([['Backup after', backup.after]] as [string, string][]) : []),
    ['Time', `${duration(seconds.total)} (${times})`],
  ]
  return [headline(report, style), table(HEADINGS, collections.map(row)), facts(lines)].join('\n\n')
}

function headline({ status, store, verification }: MigrateReport, style: Style): string {
  const name = `"${printable(store)}"`
  const records = counted(verification.records, 'record')
  const told: Record<MigrateReport['status'], string> = {
    committed: `${style.green('Committed:')} ${records} of ${name} are in PostgreSQL, each compared with the file.`,
    unchanged: `${style.green('Unchanged:')} PostgreSQL already holds exactly what is in the file of ${name}.`,
    'dry-run': `${style.cyan('Dry run:')} ${records} of ${name} were loaded, compared and rolled back. Nothing is changed.`,
    refused: `${style.red('Refused:')} nothing of ${name} was committed.`,
  }
  return told[status]
}

function row({ name, table, records, rows, aside, quarantined }: CollectionFigures): string[] {
  return [name === '' ? '(document)' : name, table, count(records), count(rows), count(aside), count(quarantined)]
}
