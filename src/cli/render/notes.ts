import type { Note, Reference } from '../../schema/plan.ts'
import { count } from './figures.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

/** What a reader should know before approving; empty when there is nothing. */
export function renderNotes(notes: readonly Note[], style: Style): string {
  if (notes.length === 0) return ''
  const lines = notes.map(({ id, pointer, message }) => {
    const at = pointer === '' ? '' : ` ${printable(pointer)}`
    return `${style.yellow(id)}${at}: ${printable(message)}`
  })
  return `${style.bold('Notes')}\n${lines.join('\n')}`
}

/** Which columns hold keys of which tables, and how many of their values are there. */
export function renderReferences(references: readonly Reference[], style: Style): string {
  if (references.length === 0) return ''
  const rows = references.map(({ table, column, to_table, to_column, cardinality, match, evidence, enabled }) => [
    `${table}.${column}`,
    `${to_table}.${to_column}`,
    cardinality,
    match,
    `${count(evidence.contained)} of ${count(evidence.values)}`,
    enabled ? 'on' : 'off',
  ])
  return `${style.bold('References')}\n${table(['From', 'To', 'Each', 'Match', 'Found', 'Foreign key'], rows)}`
}
