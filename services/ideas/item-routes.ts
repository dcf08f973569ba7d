import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type Clock, type RecordStore, recordRoutes } from '../web/record-routes.ts'
import type { Web } from '../web/web.ts'
import { item } from './answer-shapes.ts'
import { type Idea, itemOf, type NewIdea } from './idea.ts'
import { itemChange, listing, newItem } from './input.ts'
import { givenFilters, type ListQuery } from './list-query.ts'

/** `/api/items`: the ideas of a service, as clients of the Idea Bank know them. `shape`: what an item is in this service. */
export function itemRoutes(
  app: Web,
  store: (request: FastifyRequest) => RecordStore<ListQuery>,
  clock: Clock,
  shape: z.ZodType = item,
): void {
  recordRoutes(app, {
    path: '/api/items',
    noun: 'Item',
    shape,
    listing,
    fresh: newItem,
    change: itemChange,
    make: newIdea,
    present: itemOf,
    filters: givenFilters,
    store,
    clock,
  })
}

function newIdea(id: string, body: z.output<typeof newItem>, now: string): Idea {
  const { title, description, category, priority, tags } = body
  const idea: NewIdea = {
    id,
    title,
    description,
    category,
    priority,
    status: 'new',
    tags,
    createdAt: now,
    updatedAt: null,
  }
  return { ...idea }
}
