import { type Condition, type Query, runQuery, type Scalar } from 'outgrow/store'
import type { Idea } from './idea.ts'

export interface Filters {
  category?: string | undefined
  status?: string | undefined
  priority?: string | undefined
  tag?: string | undefined
  search?: string | undefined
}

/** What a list asks for. Newest first unless `order` is `asc`; ties go by id, ascending. */
export interface ListQuery extends Filters {
  order?: 'asc' | 'desc' | undefined
  limit?: number | undefined
  offset?: number | undefined
}

/** The members that a search looks into. */
export const SEARCHED = ['title', 'description'] as const

/** The filters that were given, as the answer repeats them; undefined when there is none. */
export function givenFilters({ category, status, priority, tag, search }: Filters): Record<string, string> | undefined {
  const filters = Object.entries({ category, status, priority, tag, search })
  const given = filters.filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0 ? undefined : Object.fromEntries(given)
}

/** The question as the staged store understands it. */
export function storeQuery({ tag, search, order, limit, offset, ...filters }: ListQuery): Query {
  const where: Record<string, Scalar | Condition> = {}
  for (const name of ['category', 'status', 'priority'] as const)
    if (filters[name] !== undefined) where[name] = filters[name]
  if (tag !== undefined) where.tags = { has: tag }
  return {
    where,
    ...(search !== undefined && { search: { text: search, in: [...SEARCHED] } }),
    order: [{ by: 'createdAt', descending: order !== 'asc' }],
    ...(limit !== undefined && { limit }),
    ...(offset !== undefined && { offset }),
  }
}

/** Answers the question from records in memory. */
export function listFrom(ideas: Idea[], query: ListQuery): Idea[] {
  const entries = ideas.map((record) => ({ key: JSON.stringify(record.id ?? null), record }))
  return runQuery(entries, storeQuery(query))
}
