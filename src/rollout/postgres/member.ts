import { quoteIdent } from '../../postgres/ident.ts'
import type { Column } from '../../schema/plan.ts'
import { formatPointer } from '../../schema/pointer.ts'
import { typeOf } from '../query/order.ts'
import type { Scalar } from '../side.ts'
import type { PgCollection } from './collection.ts'
import { instantPattern } from './key.ts'

/** How a member's value is compared in SQL, in a row without an aside. */
export type Comparison = '=' | '<' | '<=' | '>' | '>='

/** Adds a value to the statement and answers its placeholder. */
export type Bind = (value: unknown) => string

/**
 * What SQL can say of a member in rows without an aside: which JSON type it has when it is not null (a list is never
 * compared), and exact comparisons with a scalar of that type. `column` undefined: the member is missing in all of them.
 */
export interface Member {
  column: string | undefined
  type: 'boolean' | 'number' | 'string' | 'list'
  /** An item of `order by` that sorts as the values do: null first, or last when descending. */
  order(descending: boolean): string
  /** The member as text, for a search; only of strings. */
  text: string | undefined
  compare(operator: Comparison, value: Scalar, bind: Bind): string
  /** A list's test for an element; undefined when no element can be that scalar. */
  has?(value: Scalar, bind: Bind): string | undefined
}

const NEVER = 'false'

/**
 * The member at a path. `unsure`: only the whole record tells (a jsonb column, a numeric that no double holds, a group, a
 * list of records, or a path through a column).
 */
export function memberAt({ root }: PgCollection, path: readonly string[]): Member | 'unsure' {
  const pointer = formatPointer(path)
  const column = root.table.columns.find((one) => one.pointer === pointer)
  if (column !== undefined) return memberOf(column)
  const { columns, groups, children } = root.table
  const known = [...columns, ...groups, ...children].map((one) => one.pointer).filter((one) => one !== '#')
  const touches = known.some((one) => pointer.startsWith(`${one}/`) || one === pointer || one.startsWith(`${pointer}/`))
  return touches ? 'unsure' : MISSING
}

const MISSING: Member = {
  column: undefined,
  type: 'string',
  order: () => 'null',
  text: undefined,
  compare: () => NEVER,
}

function memberOf(column: Column): Member | 'unsure' {
  const name = `t.${quoteIdent(column.name)}`
  switch (column.type) {
    case 'boolean':
      return scalar(name, 'boolean', name, (operator, value, bind) => `${name} ${operator} ${bind(value)}::boolean`)
    case 'bigint':
      return scalar(name, 'number', name, (operator, value, bind) =>
        compareBigint(name, operator, value as number, bind),
      )
    case 'double precision':
      return number(name)
    // Years have four digits and texts one form, so that these sort as their texts do.
    case 'timestamptz':
      return typeof column.format === 'number'
        ? {
            ...text(name, `to_char(${name} at time zone 'UTC', '${instantPattern(column.format)}')`),
            order: (descending) => sorted(name, descending),
          }
        : number(`(extract(epoch from ${name}) * ${column.format === 'epoch-s' ? 1 : 1000})::float8`, name)
    case 'date':
      return { ...text(name, `to_char(${name}, 'YYYY-MM-DD')`), order: (descending) => sorted(name, descending) }
    case 'text':
      return text(name, name)
    case 'uuid':
      return { ...text(name, `${name}::text`), order: (descending) => sorted(name, descending) }
    case 'text[]':
      return list(name, 'string', (value, bind) => `${bind(value)}::text = any(${name})`)
    case 'bigint[]':
      return list(name, 'number', (value, bind) => `${bind(value)}::float8 = any(${name}::float8[])`)
    // A number may be beyond doubles, and anything may be in jsonb.
    case 'numeric':
    case 'jsonb':
      return 'unsure'
  }
}

function scalar(column: string, type: Member['type'], order: string, compare: Member['compare']): Member {
  return {
    column,
    type,
    order: (descending) => sorted(order, descending),
    text: undefined,
    compare: (operator, value, bind) => (typeOf(value) === type ? compare(operator, value, bind) : NEVER),
  }
}

function number(expression: string, column = expression): Member {
  return scalar(column, 'number', column, (operator, value, bind) => `${expression} ${operator} ${bind(value)}::float8`)
}

/** Below 2^53 a bigint is equal to its double, so that an index on the column serves; above, doubles decide as in memory. */
function compareBigint(name: string, operator: Comparison, value: number, bind: Bind): string {
  const type = Number.isSafeInteger(value) ? 'bigint' : 'float8'
  return `${type === 'bigint' ? name : `${name}::float8`} ${operator} ${bind(String(value))}::${type}`
}

/** Texts in the order of their bytes, which is that of code points, whatever the database's language: PostgreSQL's pattern operators. */
const BY_CODE_POINT: Record<Comparison, string> = { '=': '=', '<': '~<~', '<=': '~<=~', '>': '~>~', '>=': '~>=~' }

function text(column: string, expression: string): Member {
  return {
    ...scalar(column, 'string', column, (operator, value, bind) => {
      return `${expression} ${BY_CODE_POINT[operator]} ${bind(value)}::text`
    }),
    order: (descending) => sortedText(expression, descending),
    text: `${expression} collate "C"`,
  }
}

function sorted(expression: string, descending: boolean): string {
  return `${expression} ${descending ? 'desc nulls last' : 'asc nulls first'}`
}

function sortedText(expression: string, descending: boolean): string {
  return `${expression} using ${descending ? '~>~ nulls last' : '~<~ nulls first'}`
}

function list(column: string, element: 'string' | 'number', has: (value: Scalar, bind: Bind) => string): Member {
  return {
    column,
    type: 'list',
    order: (descending) => sorted(`(${column} is not null)`, descending),
    text: undefined,
    compare: () => NEVER,
    has: (value, bind) => (typeOf(value) === element ? has(value, bind) : undefined),
  }
}

/** True for a text that no PostgreSQL text is equal to, nor may be compared with there. */
export function isForeignText(value: Scalar): boolean {
  return typeof value === 'string' && (value.includes('\u0000') || !value.isWellFormed())
}
