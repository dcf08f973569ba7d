import { type Condition, compareText, containsText, type Json, lowerCase, type Query, type Scalar } from 'outgrow/store'
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
export function givenFilters({ category, status, priority, tag, search }: Filters): Filters | undefined {
  const given = Object.entries({ category, status, priority, tag, search }).filter(([, value]) => value !== undefined)
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
  const { offset = 0, limit } = query
  const found = ideas.filter((idea) => matches(idea, query)).sort(byAge(query.order))
  return found.slice(offset, limit === undefined ? undefined : offset + limit)
}

export function matches(idea: Idea, { category, status, priority, tag, search }: Filters): boolean {
  if (category !== undefined && idea.category !== category) return false
  if (status !== undefined && idea.status !== status) return false
  if (priority !== undefined && idea.priority !== priority) return false
  if (tag !== undefined && !(Array.isArray(idea.tags) && idea.tags.includes(tag))) return false
  if (search === undefined) return true
  const lowered = lowerCase(search)
  return SEARCHED.some((name) => typeof idea[name] === 'string' && containsText(idea[name], lowered))
}

/** ISO instants sort as text. What an old record has instead sorts by its type, as on PostgreSQL. */
function byAge(order: ListQuery['order']): (a: Idea, b: Idea) => number {
  const sign = order === 'asc' ? 1 : -1
  return (a, b) => sign * compare(a.createdAt, b.createdAt) || compare(a.id, b.id)
}

function compare(a: Json | undefined, b: Json | undefined): number {
  const difference = rank(a) - rank(b)
  if (difference !== 0) return difference
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return rank(a) < RANKS.indexOf('string') ? Number(a) - Number(b) : 0
}

const RANKS = ['null', 'boolean', 'number', 'string', 'list', 'object']

function rank(value: Json | undefined): number {
  if (value === undefined || value === null) return 0
  return RANKS.indexOf(Array.isArray(value) ? 'list' : typeof value)
}
