import { createHash } from 'node:crypto'
import { VALUES_TABLE } from './plan.ts'

export type NameKind = 'schema' | 'table' | 'column'

/** PostgreSQL keeps 63 bytes of an identifier and cuts the rest with no more than a notice. */
export const MAX_NAME_BYTES = 63

const SYSTEM_COLUMNS = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid', 'oid'])
const OUR_COLUMNS = /^_(position|aside|ordinal|parent)/
const TAKEN_SCHEMAS = /^(pg_|information_schema$|outgrow$|public$)/

/**
 * The words of `text` in lower case with underscores between them: `userId` → `user_id`, `HTMLParser` → `html_parser`,
 * `a.b` → `a_b`. Letters of every script stay; one leading underscore stays; the result is empty when no letter or digit is
 * left. Not one-to-one: foldName makes names distinct.
 */
export function snakeCase(text: string): string {
  const body = text
    .normalize('NFC')
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+|\p{Default_Ignorable_Code_Point}+/gu, '_')
    // A mark without its letter (the variation selector behind an emoji) would be an invisible name.
    .replace(/(^|_)\p{M}+/gu, '$1')
    .replace(/_+/g, '_')
    .replace(/^_|_$/g, '')
  return body !== '' && text.startsWith('_') ? `_${body}` : body
}

/**
 * A name for `original` that PostgreSQL accepts quoted, that is unlike every name in `taken`, and that is neither a system
 * column nor one of ours. Adds it to `taken`. The same originals in the same order always give the same names: the first
 * keeps the plain form, the next gets `_2`; what is cut to 63 bytes ends in a hash of the original.
 */
export function foldName(original: string, taken: Set<string>, kind: 'table' | 'column'): string {
  const words = snakeCase(original) || (original === '' ? 'empty' : `${kind}_${shortHash(original)}`)
  return uniqueName(fitName(unreserved(words, kind), original), taken)
}

/** The PostgreSQL schema of a store; never one that PostgreSQL or outgrow keeps for itself. */
export function schemaName(store: string): string {
  const words = snakeCase(store) || `store_${shortHash(store)}`
  return fitName(TAKEN_SCHEMAS.test(words) ? `store_${words}` : words, store)
}

/** `name`, or when it is taken `name_2`, `name_3` …, within 63 bytes. Adds the answer to `taken`. */
export function uniqueName(name: string, taken: Set<string>): string {
  let candidate = name
  for (let n = 2; taken.has(candidate); n++) {
    const suffix = `_${n}`
    candidate = cutBytes(name, MAX_NAME_BYTES - suffix.length) + suffix
  }
  taken.add(candidate)
  return candidate
}

/** `name` when it has at most 63 bytes; else its beginning, cut between code points, and a hash of `original`. */
export function fitName(name: string, original: string = name): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name
  const suffix = `_${shortHash(original)}`
  return cutBytes(name, MAX_NAME_BYTES - suffix.length) + suffix
}

/** Why `name` cannot be used for a schema, table or column of a plan; undefined when it can. */
export function nameProblem(name: string, kind: NameKind): string | undefined {
  if (name === '') return 'is empty'
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `is longer than ${MAX_NAME_BYTES} bytes`
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) return 'holds a control character or half a surrogate pair'
  if (kind === 'column' && SYSTEM_COLUMNS.has(name)) return 'is a system column of PostgreSQL'
  if (kind === 'column' && OUR_COLUMNS.test(name)) return 'begins with a name that outgrow keeps for itself'
  if (kind === 'table' && name === VALUES_TABLE) return 'is the table that outgrow keeps for plain values'
  if (kind === 'schema' && TAKEN_SCHEMAS.test(name)) return 'is kept for PostgreSQL or for outgrow'
  return undefined
}

function unreserved(name: string, kind: 'table' | 'column'): string {
  if (kind === 'table') return name === VALUES_TABLE ? `${name}_table` : name
  if (OUR_COLUMNS.test(name)) return name.slice(1)
  return SYSTEM_COLUMNS.has(name) ? `${name}_column` : name
}

function cutBytes(text: string, bytes: number): string {
  let used = 0
  let kept = ''
  for (const point of text) {
    used += Buffer.byteLength(point)
    if (used > bytes) break
    kept += point
  }
  return kept
}

/** Eight hexadecimal digits of SHA-256 over the UTF-16 code units, so that lone surrogates differ too. */
function shortHash(text: string): string {
  return createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex').slice(0, 8)
}
