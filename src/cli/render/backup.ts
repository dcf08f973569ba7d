import type { BackupEntry } from '../../backup/list-backups.ts'
import type { FinishedBackup } from '../../backup/open-backup.ts'
import type { BackupRestored, BackupVerification } from '../../verbs/backup.ts'
import { counted, instant, size } from './figures.ts'
import { printable } from './printable.ts'
import { facts, table } from './table.ts'

export function renderCreated({ path, manifest, manifestSha256 }: FinishedBackup): string {
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  return facts([
    ['Backup', manifest.name],
    ['Folder', path],
    ['Holds', `${counted(manifest.tables.length, 'table')}, ${counted(manifest.files.length, 'file')}, ${size(bytes)}`],
    ['Manifest', `SHA-256 ${manifestSha256}`],
  ])
}

export function renderBackups(backups: readonly BackupEntry[], folder: string): string {
  if (backups.length === 0) return `There is no backup of it in ${printable(folder)}.`
  const rows = backups.map(({ name, created, kind, state, manifest }) => {
    const bytes = manifest?.files.reduce((sum, file) => sum + file.bytes, 0)
    return [name, instant(created), kind, state, bytes === undefined ? '' : size(bytes), manifest?.note ?? '']
  })
  return table(['Backup', 'Created', 'Kind', 'State', { title: 'Size', right: true }, 'Note'], rows)
}

export function renderVerifications(backups: readonly BackupVerification[]): string {
  const rows = backups.map(({ name, files, bytes, problems, restoreTest }) => {
    const verdict = problems.length === 0 ? 'whole' : counted(problems.length, 'problem')
    return [name, verdict, String(files), size(bytes), restoredAs(restoreTest)]
  })
  const right = (title: string) => ({ title, right: true })
  const problems = backups.flatMap(({ name, problems }) =>
    problems.map(({ message }) => `${name}: ${printable(message)}`),
  )
  const notes = backups.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${printable(note)}`))
  return [
    table(['Backup', 'Verdict', right('Files'), right('Size'), 'Restore test'], rows),
    ...problems,
    ...notes,
  ].join('\n')
}

function restoredAs(test: BackupVerification['restoreTest']): string {
  if (test === undefined) return ''
  return test.equal ? `equal, ${counted(test.tables.length, 'table')}` : 'DIFFERENT'
}

export function renderRestored({ backup, file, tables }: BackupRestored): string {
  const rows = tables.map(({ name, rows }): [string, string] => ['Table', `${name}, ${counted(rows, 'row')}`])
  return facts([['Restored', backup], ...(file === null ? [] : ([['To', file]] as [string, string][])), ...rows])
}
