import { quoteIdent, quoteLiteral } from '../postgres/ident.ts'

/** One SQL statement without a final semicolon, in the two forms that callers need. */
export interface Statement {
  /** For a loader that knows the state of the schema: fails when its work is already done. */
  sql: string
  /** For migration files: the same work, and nothing at all when it is already done. */
  repeatable: string
}

/** A statement that PostgreSQL itself lets run twice. */
export function always(sql: string): Statement {
  return { sql, repeatable: sql }
}

/** `alter table … add constraint …`, which PostgreSQL has no `if not exists` for. */
export function addConstraint(table: string, name: string, definition: string): Statement {
  const sql = `alter table ${table} add constraint ${quoteIdent(name)} ${definition}`
  const known = `conrelid = ${textLiteral(table)}::regclass and conname = ${textLiteral(name)}`
  return {
    sql,
    repeatable: block([`if not exists (select from pg_constraint where ${known}) then`, `  ${sql};`, 'end if;']),
  }
}

/** An anonymous PL/pgSQL block around `lines`; its dollar quote occurs nowhere in them. */
export function block(lines: readonly string[], declare: readonly string[] = []): string {
  const head = declare.length === 0 ? [] : ['declare', ...declare.map((line) => `  ${line}`)]
  const text = [...head, 'begin', ...lines.map((line) => `  ${line}`), 'end'].join('\n')
  let tag = '$do$'
  for (let n = 2; text.includes(tag); n++) tag = `$do${n}$`
  return `do ${tag}\n${text}\n${tag}`
}

/** A literal on one line: a newline inside it could otherwise look like a section of a migration file. */
export function textLiteral(text: string): string {
  if (!/[\n\r]/.test(text)) return quoteLiteral(text)
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `E'${escaped}'`
}
