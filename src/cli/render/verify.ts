import type { VerifyReport } from '../../verbs/verify.ts'
import { counted } from './figures.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

/** Longest piece of a value that a table shows; --json has all of it. */
const WIDEST = 60

export function renderVerify(report: VerifyReport, against: string, style: Style): string {
  const { store, records, equal, differences, mismatches } = report
  const what = `${counted(records, 'record')} of "${printable(store)}" in PostgreSQL and ${printable(against)}`
  if (equal) return `${style.green('Equal:')} ${what} are the same, value by value.`
  const rows = mismatches.map(({ pointer, kind, source, target }) => [pointer, kind, short(source), short(target)])
  const more = differences - mismatches.length
  const rest = more > 0 ? `\n… and ${counted(more, 'more difference')}` : ''
  const head = `${style.red('Different:')} ${counted(differences, 'difference')} in ${what}.`
  return `${head}\n\n${table(['Pointer', 'Kind', 'File', 'PostgreSQL'], rows)}${rest}`
}

function short(value: string | null): string {
  if (value === null) return ''
  const characters = [...value]
  return characters.length <= WIDEST ? value : `${characters.slice(0, WIDEST - 1).join('')}…`
}
