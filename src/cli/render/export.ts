import type { ExportReport } from '../../verbs/export.ts'
import { counted, size } from './figures.ts'
import { facts } from './table.ts'

export function renderExport({ store, out, records, bytes, sha256 }: ExportReport): string {
  return facts([
    ['Exported', store],
    ['To', out],
    ['Size', `${size(bytes)}, ${counted(records, 'record')}`],
    ['SHA-256', sha256],
  ])
}
