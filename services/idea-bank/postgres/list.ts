import { type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import { searchPattern } from 'outgrow/store'
import type { Idea } from '../../ideas/idea.ts'
import { type ListQuery, listFrom, SEARCHED } from '../../ideas/list-query.ts'
import type { Database } from './database.ts'
import { type IdeaRow, ideaOf } from './row.ts'

/**
 * Answers a list from one snapshot. SQL filters, orders and cuts the rows that their columns tell whole; rows with an aside
 * (old records that are not as the contract says: few or none) come all, and when there is one, memory has the last word.
 */
export async function listIdeas(db: Kysely<Database>, query: ListQuery): Promise<Idea[]> {
  const { limit, offset = 0 } = query
  const anyOdd = sql<boolean>`exists (select from odd)`
  const most = limit === undefined ? null : limit
  const direction = query.order === 'asc' ? 'asc' : 'desc'
  const rows = await db
    .with(
      (cte) => cte('odd').materialized(),
      (cte) => cte.selectFrom('ideas').select(SELECTED).where('_aside', 'is not', null),
    )
    .selectFrom((from) =>
      from
        .selectFrom('ideas')
        .select(SELECTED)
        .where('_aside', 'is', null)
        .where((where) => where.and(conditions(where, query)))
        .orderBy('created_at', (by) => (direction === 'asc' ? by.asc().nullsFirst() : by.desc().nullsLast()))
        .orderBy(sql`id collate "C"`)
        .limit(sql<bigint>`case when ${anyOdd} then ${most}::bigint + ${offset}::bigint else ${most}::bigint end`)
        .offset(sql<bigint>`case when ${anyOdd} then 0 else ${offset}::bigint end`)
        .as('plain'),
    )
    .select(SELECTED)
    .unionAll((from) => from.selectFrom('odd').select(SELECTED))
    .execute()
  const ideas = rows.map(ideaOf)
  return rows.some((row) => row._aside !== null) ? listFrom(ideas, query) : ideas
}

const SELECTED = [
  'id',
  'title',
  'description',
  'category',
  'priority',
  'status',
  'tags',
  'created_at',
  'updated_at',
  '_aside',
] as const satisfies (keyof IdeaRow)[]

/** What the filters ask of rows without an aside, with the meaning that `matches` gives them. */
function conditions(where: ExpressionBuilder<Database, 'ideas'>, query: ListQuery) {
  const equal = (['category', 'status', 'priority'] as const).flatMap((name) =>
    query[name] === undefined ? [] : [where(name, '=', query[name])],
  )
  const tag = query.tag === undefined ? [] : [sql<SqlBool>`${query.tag} = any(${where.ref('tags')})`]
  return [...equal, ...tag, ...searches(where, query.search)]
}

function searches(where: ExpressionBuilder<Database, 'ideas'>, search: string | undefined) {
  if (search === undefined) return []
  const pattern = searchPattern(search)
  if (pattern === undefined) return [sql<SqlBool>`false`]
  return [where.or(SEARCHED.map((name) => sql<SqlBool>`${where.ref(name)} collate "C" ~ ${pattern}`))]
}
