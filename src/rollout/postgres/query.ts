import { quoteIdent } from '../../postgres/ident.ts'
import { POSITION } from '../../schema/plan.ts'
import { matcher } from '../query/match.ts'
import { searchPattern } from '../query/text.ts'
import { pathOf } from '../query/value.ts'
import type { Condition, Query, Scalar, Where } from '../side.ts'
import type { PgCollection } from './collection.ts'
import { type Bind, type Comparison, isForeignText, type Member, memberAt } from './member.ts'

/** What of a query SQL answers exactly, for rows that have no aside. The others are read and judged in memory. */
export interface Pushed {
  /** A condition that each wanted row without an aside fulfils. */
  where: string
  /** True when each row without an aside that fulfils it is wanted. */
  isWhole: boolean
  /** Expressions of `order by`, the key last; undefined when SQL cannot order these values as memory does. */
  order: string | undefined
  values: unknown[]
}

/**
 * Compiles a query to SQL with the meaning that `runQuery` gives it. Only what is certain is pushed down: in a row whose
 * aside is NULL a member is what its column holds, or missing. Throws `usage` for an operator that there is not.
 */
export function compileQuery(collection: PgCollection, { where = {}, search, order = [] }: Query): Pushed {
  matcher(where, search)
  const values: unknown[] = []
  const bind: Bind = (value) => `$${values.push(value)}`
  const conditions = [...whereParts(collection, where, bind), searchPart(collection, search, bind)]
  const sure = conditions.filter((one) => one !== 'unsure')
  return {
    where: sure.length === 0 ? 'true' : sure.map((one) => `(${one})`).join(' and '),
    isWhole: sure.length === conditions.length,
    order: orderOf(collection, order),
    values,
  }
}

function whereParts(collection: PgCollection, where: Where, bind: Bind): string[] {
  return Object.entries(where).flatMap(([name, condition]) => {
    const member = memberAt(collection, pathOf(name))
    const asked: Condition = typeof condition === 'object' && condition !== null ? condition : { in: [condition] }
    return Object.entries(asked)
      .filter(([, operand]) => operand !== undefined)
      .map(([operator, operand]) =>
        member === 'unsure' ? member : OPERATORS[operator as keyof Condition](member, operand as never, bind),
      )
  })
}

/** As SQL what `query-match` asks in memory; `unsure` when SQL cannot say it. A null result is a no, as in any `where`. */
const OPERATORS: {
  [Operator in keyof Required<Condition>]: (
    member: Member,
    operand: Required<Condition>[Operator],
    bind: Bind,
  ) => string
} = {
  in: (member, scalars, bind) => anyOf(scalars.map((one) => equals(member, one, bind))),
  not: (member, value, bind) => `(${equals(member, value, bind)}) is not true`,
  gt: (member, value, bind) => compares(member, '>', value, bind),
  gte: (member, value, bind) => compares(member, '>=', value, bind),
  lt: (member, value, bind) => compares(member, '<', value, bind),
  lte: (member, value, bind) => compares(member, '<=', value, bind),
  has: (member, value, bind) => (isForeignText(value) ? undefined : member.has?.(value, bind)) ?? 'false',
}

function equals(member: Member, value: Scalar, bind: Bind): string {
  if (value === null) return member.column === undefined ? 'true' : `${member.column} is null`
  return isForeignText(value) ? 'false' : member.compare('=', value, bind)
}

function compares(member: Member, operator: Comparison, value: Scalar, bind: Bind): string {
  if (value === null || member.column === undefined) return 'false'
  return isForeignText(value) && member.type === 'string' ? 'unsure' : member.compare(operator, value, bind)
}

function searchPart(collection: PgCollection, search: Query['search'], bind: Bind): string {
  if (search === undefined) return 'true'
  const members = search.in.map((name) => memberAt(collection, pathOf(name)))
  if (members.includes('unsure')) return 'unsure'
  const pattern = searchPattern(search.text)
  if (pattern === undefined) return 'false'
  const texts = members.flatMap((member) => (member === 'unsure' || member.text === undefined ? [] : [member.text]))
  if (texts.length === 0) return 'false'
  const parameter = bind(pattern)
  return anyOf(texts.map((text) => `${text} ~ ${parameter}::text`))
}

/** Missing is null, and null comes first, or last when descending. */
function orderOf(collection: PgCollection, order: NonNullable<Query['order']>): string | undefined {
  const parts: string[] = []
  for (const { by, descending } of order) {
    const member = memberAt(collection, pathOf(by))
    if (member === 'unsure') return undefined
    if (member.column !== undefined) parts.push(member.order(descending ?? false))
  }
  return [...parts, keyOrder(collection)].join(', ')
}

/** Records without keys keep the order of their list. */
function keyOrder({ key }: PgCollection): string {
  if (key === undefined) return `t.${POSITION}`
  return `t.${quoteIdent(key.name)}${key.type === 'text' ? ' using ~<~' : ''}`
}

function anyOf(conditions: string[]): string {
  return conditions.length === 0 ? 'false' : conditions.join(' or ')
}
