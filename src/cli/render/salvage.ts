import { count, counted } from './figures.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { facts, table } from './table.ts'

/** What `inspect --salvage` rescued and lost. */
export interface SalvageReport {
  file: string
  out: string
  records: number
  lost: { from: number; to: number; why: string }[]
}

export function renderSalvage({ file, out, records, lost }: SalvageReport, style: Style): string {
  const head = facts([
    ['From', file],
    ['To', out],
    ['Rescued', counted(records, 'record')],
  ])
  if (lost.length === 0) return `${head}\n\n${style.green('Nothing was lost.')}`
  const rows = lost.map(({ from, to, why }) => [count(from), count(to), count(to - from), printable(why)])
  const right = (title: string) => ({ title, right: true })
  const ranges = table([right('From byte'), right('To byte'), right('Bytes'), 'Why'], rows)
  return `${head}\n\n${style.red(`Lost: ${counted(lost.length, 'range')} of bytes`)}\n${ranges}`
}
