import type { Collection, Column, Proposal, Table } from '../../schema/plan.ts'
import type { PlanReport } from '../../verbs/plan.ts'
import { renderNotes, renderReferences } from './notes.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

const HEADINGS = ['Column', 'From', 'Type', 'NULL means']

/** A plan for a person: every table with its columns and key, what is proposed, and the files that hold it. */
export function renderPlan({ store, files, plan }: PlanReport, style: Style): string {
  const title = `${style.bold(printable(store))}  ${style.dim(`schema ${plan.schema}, document ${plan.document}`)}`
  const written = `${style.bold('Written')}\n${files.map(printable).join('\n')}`
  const tables = plan.collections.flatMap((collection) => renderCollection(collection, style))
  const notes = [renderReferences(plan.references, style), renderNotes(plan.notes, style), written]
  return [title, ...tables, ...notes].filter((part) => part !== '').join('\n\n')
}

function renderCollection(collection: Collection, style: Style): string[] {
  const name = collection.name === '' ? 'the whole document' : printable(collection.name)
  if (collection.kind === 'values') return [`${style.bold('store_values')}  ${style.dim(`row "${name}"`)}`]
  return renderTable(collection.table, `${collection.kind} ${name}`, style)
}

function renderTable(made: Table, from: string, style: Style): string[] {
  const key = made.key.join(', ')
  const title = `${style.bold(printable(made.name))}  ${style.dim(`${from}, key ${printable(key)}`)}`
  const columns = made.columns.length === 0 ? '(no columns)' : table(HEADINGS, made.columns.map(columnRow))
  const proposals = made.proposals.map((one) => renderProposal(one, style))
  const children = made.children.flatMap((child) => renderTable(child.table, `list ${printable(child.pointer)}`, style))
  return [[title, columns, ...proposals].join('\n'), ...children]
}

function columnRow({ name, pointer, type, format, null_means }: Column): string[] {
  const text = format === undefined ? type : `${type} (${typeof format === 'number' ? `fraction ${format}` : format})`
  return [name, pointer, text, null_means]
}

function renderProposal({ kind, column, enabled, evidence }: Proposal, style: Style): string {
  const label = style.cyan(`proposal ${kind}`)
  return `${label} ${printable(column)}, ${enabled ? 'on' : 'off'}: ${printable(JSON.stringify(evidence))}`
}
