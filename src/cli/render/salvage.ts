import type { SalvageReport } from '../../verbs/salvage.ts'
import { count, counted } from './figures.ts'
import type { Style } from './style.ts'
import { facts, table } from './table.ts'

const right = (title: string) => ({ title, right: true })
const HEADINGS = [right('From byte'), right('To byte'), right('Bytes'), 'Why']

/** Every range of bytes that is missing from the new file, then those that are spelled in another way there. */
export function renderSalvage({ file, out, records, lost, respelled }: SalvageReport, style: Style): string {
  const head = facts([
    ['From', file],
    ['To', out],
    ['Rescued', counted(records, 'record')],
  ])
  const verdict =
    lost.length === 0
      ? style.green('Nothing was lost.')
      : `${style.red(`Lost: ${counted(lost.length, 'range')} of bytes`)}\n${ranges(lost)}`
  const other = respelled.length === 0 ? [] : [`${style.bold('Spelled in another way')}\n${ranges(respelled)}`]
  return [head, verdict, ...other].join('\n\n')
}

function ranges(found: SalvageReport['lost']): string {
  const rows = found.map(({ from, to, why }) => [count(from), count(to), count(to - from), why])
  return table(HEADINGS, rows)
}
