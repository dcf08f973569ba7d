import type { RollbackReport } from '../../verbs/rollback.ts'
import { counted } from './figures.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { facts } from './table.ts'

export function renderRollback(report: RollbackReport, style: Style): string {
  const { run, undone, store, now } = report
  const state = now === 'absent' ? 'nothing of it is in PostgreSQL' : `PostgreSQL holds what run ${now.run} put there`
  const head = `${style.green('Undone:')} ${counted(undone.length, 'run')} of "${printable(store)}"; ${state}.`
  const lines: [string, string][] = [
    ['Rollback', run],
    ...undone.map((id): [string, string] => ['Undid run', id]),
    ...(report.backup ? ([['Backup of what was there', report.backup]] as [string, string][]) : []),
    ...(report.export ? ([['Its JSON document', report.export]] as [string, string][]) : []),
  ]
  return `${head}\n\n${facts(lines)}`
}
