import { codeSpan, escapeText, row, table } from './markdown.ts'
import type { Migration } from './migration-log.ts'

const HEAD = ['Date', 'Change', 'Rollback', 'Owner']
const HEAD_LINE = row(HEAD)

const NEW_INDEX = `---
title: "Migration log"
sidebar_position: 0
tags: [migration, postgresql]
domain: data
type: index
summary: "Every migration and rollback, newest first"
status: active
---

# Migration log

Every migration and rollback, newest first. The table is written by outgrow; the text around it is yours.
`

/**
 * The index of the migration log, newest first. Of an index that stands, only the table is replaced: text around it
 * stays, and so do rows of pages that are not ours (another database writes to the same folder). `pageOf` gives the
 * file name of an entry's page.
 */
export function indexText(
  standing: string | undefined,
  migrations: readonly Migration[],
  pageOf: (migration: Migration) => string,
): string {
  const ours = new Set(migrations.map(pageOf))
  const text = standing?.replaceAll('\r\n', '\n') ?? NEW_INDEX
  const { above, rows, below } = splitAtTable(text)
  const foreign = rows.filter((line) => !ours.has(/\]\(\.\/([^)]+)\)/.exec(line)?.[1] ?? ''))
  const all = [...migrations.map((migration) => rowOf(migration, pageOf(migration))), ...foreign]
  all.sort((a, b) => dayOf(b).localeCompare(dayOf(a)))
  return `${above}${[table(HEAD, []), ...all].join('\n')}\n${below}`
}

function rowOf(migration: Migration, page: string): string {
  const change = `[${escapeText(migration.change)}](./${page})`
  return row([migration.date, change, codeSpan(migration.rollback), escapeText(migration.owner)])
}

function dayOf(line: string): string {
  return /^\| (\d{4}-\d\d-\d\d) /.exec(line)?.[1] ?? ''
}

/** A text without the table gets it at its end. */
function splitAtTable(text: string): { above: string; rows: string[]; below: string } {
  const lines = text.split('\n')
  const start = lines.indexOf(HEAD_LINE)
  if (start === -1) return { above: `${text.trimEnd()}\n\n`, rows: [], below: '' }
  let end = start
  while (lines[end]?.startsWith('|')) end++
  return {
    above: lines
      .slice(0, start)
      .map((line) => `${line}\n`)
      .join(''),
    rows: lines.slice(start + 2, end),
    below: lines.slice(end).join('\n'),
  }
}
