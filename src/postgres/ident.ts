import { OutgrowError } from '../errors.ts'

/**
 * Words that PostgreSQL 14 to 18 does not accept bare as a column or table name: the reserved ones, and those reserved
 * except as a function or type name (`select word from pg_get_keywords() where catcode in ('R', 'T')`).
 */
const RESERVED = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
  column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
  from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
  localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
  returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
  unique user using variadic verbose when where window with`.split(/\s+/),
)

const BARE = /^[a-z_][a-z0-9_]*$/

/**
 * The identifier as SQL text, for exactly this name: bare where that is unambiguous, else in double quotes. Refuses the
 * two names that PostgreSQL cannot have: the empty one and one with U+0000. It does not shorten: a name above 63 bytes
 * would be cut by the server, and is the planner's to avoid.
 */
export function quoteIdent(name: string): string {
  if (BARE.test(name) && !RESERVED.has(name)) return name
  refuseNul(name)
  if (name === '') throw new OutgrowError('failure', 'an identifier is empty')
  return `"${name.replaceAll('"', '""')}"`
}

/** `schema.table` as SQL text. */
export function qualified(schema: string, table: string): string {
  return `${quoteIdent(schema)}.${quoteIdent(table)}`
}

/**
 * The text as a SQL string literal, for statements that take no parameters (DDL). Right whatever
 * `standard_conforming_strings` says, since a text with a backslash is written as `E'…'`.
 */
export function quoteLiteral(text: string): string {
  refuseNul(text)
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? `E${quoted}` : quoted
}

function refuseNul(text: string): void {
  if (!text.includes('\0')) return
  throw new OutgrowError('failure', `PostgreSQL text cannot hold U+0000: ${JSON.stringify(text)}`)
}
