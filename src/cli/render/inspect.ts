import type { InspectedCollection, InspectReport } from '../../verbs/inspect.ts'
import type { ProfiledField } from '../../verbs/inspect-fields.ts'
import { count, counted, size } from './figures.ts'
import { renderNotes, renderReferences } from './notes.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { facts, table } from './table.ts'

const HEADINGS = [
  'Member',
  'Seen as',
  { title: 'Missing', right: true },
  { title: 'Null', right: true },
  'Column',
  'Type',
]

/** A profile for a person: the file, each collection with its members, references, and what to know. */
export function renderInspect(report: InspectReport, style: Style): string {
  const records = report.collections.reduce((sum, collection) => sum + collection.records, 0)
  const head = facts([
    ['Store', report.file],
    [
      'Size',
      `${size(report.bytes)}, ${counted(records, 'record')} in ${counted(report.collections.length, 'collection')}`,
    ],
    ['SHA-256', report.sha256],
    ['Document', report.document],
  ])
  const collections = report.collections.map((collection) => renderCollection(collection, style))
  return [head, ...collections, renderReferences(report.references, style), renderNotes(report.notes, style)]
    .filter((part) => part !== '')
    .join('\n\n')
}

function renderCollection({ name, kind, records, key, fields }: InspectedCollection, style: Style): string {
  const shown = name === '' ? 'the whole document' : printable(name)
  const identity = kind === 'singleton' || kind === 'values' ? '' : `, key ${key === null ? 'none' : printable(key)}`
  const title = `${style.bold(shown)}  ${style.dim(`${kind}, ${counted(records, 'record')}${identity}`)}`
  return fields.length === 0 ? title : `${title}\n${table(HEADINGS, fields.map(fieldRow))}`
}

function fieldRow({ pointer, types, missing, nulls, column, type }: ProfiledField): string[] {
  const seen = Object.entries(types)
  const told =
    seen.length === 1 ? String(seen[0]?.[0]) : seen.map(([name, times]) => `${name} ${count(times)}`).join(', ')
  return [pointer, told, missing ? count(missing) : '', nulls ? count(nulls) : '', column ?? '', type]
}
