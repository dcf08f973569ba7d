import { qualified, quoteIdent } from '../postgres/ident.ts'
import type { Plan } from './plan.ts'
import { formatPointer } from './pointer.ts'
import { always, type Statement, textLiteral } from './statement.ts'
import type { PlacedTable } from './tables.ts'

/**
 * Comments that say where a table and its columns come from, wherever the name in PostgreSQL does not say it already. The
 * original is written as a JSON string, because it may hold what SQL text cannot (U+0000, half a surrogate pair).
 */
export function commentsOn(plan: Plan, placed: PlacedTable): Statement[] {
  const table = qualified(plan.schema, placed.table.name)
  const origin = tableOrigin(placed)
  return [
    ...(origin === undefined ? [] : [comment(`table ${table}`, origin)]),
    ...placed.table.columns
      .filter((column) => column.pointer !== formatPointer([column.name]))
      .map((column) => comment(`column ${table}.${quoteIdent(column.name)}`, columnOrigin(column.pointer))),
  ]
}

/** What a column stands for, in words for a person: `JSON pointer "/author/name"`. */
export function columnOrigin(pointer: string): string {
  return pointer === '#' ? 'name of the member that holds the record' : `JSON pointer ${quotedText(pointer)}`
}

/** What a table stands for; undefined when it has the name of its collection. */
export function tableOrigin(placed: PlacedTable): string | undefined {
  if (placed.parent !== undefined) {
    return `list ${quotedText(placed.pointer ?? '')} of the records in table ${quotedText(placed.parent.table.name)}`
  }
  return placed.collection === placed.table.name ? undefined : `collection ${quotedText(placed.collection)}`
}

/** A JSON string that also hides the two line ends which JSON allows bare: emitters put it in comments of one line. */
function quotedText(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

function comment(subject: string, text: string): Statement {
  return always(`comment on ${subject} is ${textLiteral(text)}`)
}
