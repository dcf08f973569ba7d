import type { ReadOptions } from 'outgrow/store'
import type { z } from 'zod'
import * as shapes from '../../ideas/answer-shapes.ts'
import { type Idea, itemOf, type NewIdea } from '../../ideas/idea.ts'
import { itemChange, itemId, listing, newItem } from '../../ideas/input.ts'
import { givenFilters } from '../../ideas/list-query.ts'
import { notFound } from '../../web/refusal.ts'
import { tellAnswered, writeOptions } from '../../web/retries.ts'
import type { Web } from '../../web/web.ts'
import type { Clock } from '../app.ts'
import type { IdeaStore } from '../store.ts'

/** `/api/items`, as the clients of the Idea Bank know it. */
export function itemRoutes(app: Web, store: IdeaStore, clock: Clock): void {
  readRoutes(app, store)
  writeRoutes(app, store, clock)
}

function readRoutes(app: Web, store: IdeaStore): void {
  const list = { summary: 'List items, newest first', querystring: listing }
  app.get(
    '/api/items',
    { schema: { ...list, response: { 200: shapes.listAnswer, ...shapes.refused } } },
    async ({ query }, reply) => {
      const answer: ReadOptions['answer'] = {}
      const ideas = await store.list(query, { answer })
      tellAnswered(reply, answer)
      const filters = givenFilters(query)
      return { success: true, count: ideas.length, data: ideas.map(itemOf), ...(filters !== undefined && { filters }) }
    },
  )
  app.get(
    '/api/items/stats',
    { schema: { summary: 'Count items', response: { 200: shapes.statsAnswer, ...shapes.failures } } },
    async (_, reply) => {
      const answer: ReadOptions['answer'] = {}
      const data = await store.stats({ answer })
      tellAnswered(reply, answer)
      return { success: true, data }
    },
  )
  const get = { summary: 'Read one item', params: itemId }
  app.get(
    '/api/items/:id',
    { schema: { ...get, response: { 200: shapes.itemAnswer, ...shapes.missing, ...shapes.failures } } },
    async ({ params: { id } }, reply) => {
      const answer: ReadOptions['answer'] = {}
      const idea = found(id, await store.get(id, { answer }))
      tellAnswered(reply, answer)
      return { success: true, data: itemOf(idea) }
    },
  )
}

function writeRoutes(app: Web, store: IdeaStore, clock: Clock): void {
  const create = { summary: 'Make an item', body: newItem }
  app.post(
    '/api/items',
    { schema: { ...create, response: { 201: shapes.writtenAnswer, ...shapes.writeRefused } } },
    async (request, reply) => {
      const make = (id: string): Idea => newIdea(id, request.body, clock())
      const idea = await store.add(make, writeOptions(request))
      return reply.code(201).send({ success: true, message: 'Item created successfully', data: itemOf(idea) })
    },
  )
  const change = { summary: 'Change some members of an item', params: itemId, body: itemChange }
  app.put(
    '/api/items/:id',
    { schema: { ...change, response: { 200: shapes.writtenAnswer, ...shapes.missing, ...shapes.writeRefused } } },
    async (request) => {
      const { id } = request.params
      const next = (idea: Idea): Idea => ({ ...idea, ...given(request.body), updatedAt: clock().toISOString() })
      const idea = found(id, await store.change(id, next, writeOptions(request)))
      return { success: true, message: 'Item updated successfully', data: itemOf(idea) }
    },
  )
  const remove = { summary: 'Delete an item', params: itemId }
  app.delete(
    '/api/items/:id',
    { schema: { ...remove, response: { 200: shapes.writtenAnswer, ...shapes.missing, ...shapes.writeRefused } } },
    async (request) => {
      const { id } = request.params
      const idea = found(id, await store.remove(id, writeOptions(request)))
      return { success: true, message: 'Item deleted successfully', data: itemOf(idea) }
    },
  )
}

function newIdea(id: string, body: z.output<typeof newItem>, now: Date): Idea {
  const { title, description, category, priority, tags } = body
  const idea: NewIdea = {
    id,
    title,
    description,
    category,
    priority,
    status: 'new',
    tags,
    createdAt: now.toISOString(),
    updatedAt: null,
  }
  return { ...idea }
}

/** The members that the body has; one that it leaves out stays as it is. */
function given(body: Record<string, Idea[string] | undefined>): Idea {
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, Idea[string]] => entry[1] !== undefined),
  )
}

function found(id: string, idea: Idea | undefined): Idea {
  if (idea === undefined) throw notFound(`Item with id ${id} not found`)
  return idea
}
