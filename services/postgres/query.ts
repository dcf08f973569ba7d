import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { type Condition, type Query, type Scalar, searchPattern } from 'outgrow/store'
import { type Held, isText } from './held.ts'

/**
 * What a query asks of rows without an aside, as SQL with exactly the meaning that the store gives it. Undefined: SQL
 * cannot say it, and memory must judge.
 */
export function conditionOf(columns: readonly Held[], { where = {}, search }: Query): RawBuilder<SqlBool> | undefined {
  const asked = Object.entries(where).map(([member, condition]) =>
    memberCondition(columnOf(columns, member), condition),
  )
  if (search !== undefined) asked.push(searchCondition(columns, search))
  const said = asked.filter((one) => one !== undefined)
  if (said.length < asked.length) return undefined
  return said.length === 0 ? sql`true` : sql`(${sql.join(said, sql` and `)})`
}

/** Null comes first, or last when descending; ties go by id, ascending. Undefined as above. */
export function orderOf(columns: readonly Held[], order: Query['order'] = []): RawBuilder<unknown> | undefined {
  const terms = order.map(({ by, descending }) => {
    const held = columnOf(columns, by)
    if (held === undefined || !['text', 'bigint', 'timestamptz'].includes(held.type)) return undefined
    const term = held.type === 'text' ? textOf(held) : sql.ref(held.column)
    return descending ? sql`${term} desc nulls last` : sql`${term} asc nulls first`
  })
  const said = terms.filter((term) => term !== undefined)
  if (said.length < terms.length) return undefined
  return sql.join([...said, sql`id collate "C"`])
}

function memberCondition(held: Held | undefined, condition: Scalar | Condition): RawBuilder<SqlBool> | undefined {
  if (held === undefined) return undefined
  const asked: Condition = typeof condition === 'object' && condition !== null ? condition : { in: [condition] }
  const { in: values, has, ...others } = asked
  if (Object.keys(others).length > 0 || (values === undefined) === (has === undefined)) return undefined
  if (has !== undefined && held.type === 'text[]')
    return isText(has) ? sql`${has} = any(${sql.ref(held.column)})` : sql`false`
  if (held.type !== 'text' || values === undefined || !values.every((value) => typeof value === 'string'))
    return undefined
  return sql`${sql.ref(held.column)} = any(${values.filter(isText)}::text[])`
}

function searchCondition(
  columns: readonly Held[],
  search: NonNullable<Query['search']>,
): RawBuilder<SqlBool> | undefined {
  const pattern = searchPattern(search.text)
  if (pattern === undefined) return sql`false`
  const held = search.in.map((member) => columnOf(columns, member))
  const found = held.flatMap((one) => (one?.type === 'text' ? [sql<SqlBool>`${textOf(one)} ~ ${pattern}`] : []))
  return found.length < held.length || found.length === 0 ? undefined : sql`(${sql.join(found, sql` or `)})`
}

function textOf({ column }: Held): RawBuilder<string> {
  return sql`${sql.ref(column)} collate "C"`
}

function columnOf(columns: readonly Held[], member: string): Held | undefined {
  return columns.find((held) => held.member === member)
}
