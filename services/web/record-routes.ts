import type { FastifyRequest } from 'fastify'
import type { Json, JsonRecord, ReadOptions, WriteOptions } from 'outgrow/store'
import { z } from 'zod'
import * as shapes from './answer-shapes.ts'
import { notFound } from './refusal.ts'
import { tellAnswered, writeOptions } from './retries.ts'
import type { Web } from './web.ts'

export type Clock = () => Date

/** The records of one kind, as its routes need them. A function that is given may be called more than once. */
export interface RecordStore<Listing> {
  list(query: Listing, options: ReadOptions): Promise<JsonRecord[]>
  get(id: string, options: ReadOptions): Promise<JsonRecord | undefined>
  add(make: (id: string) => JsonRecord, options: WriteOptions): Promise<JsonRecord>
  /** Undefined when there is none. */
  change(id: string, next: (record: JsonRecord) => JsonRecord, options: WriteOptions): Promise<JsonRecord | undefined>
  /** The record as it was. */
  remove(id: string, options: WriteOptions): Promise<JsonRecord | undefined>
}

export interface RecordKind<Listing, Fresh, Change> {
  /** Where its routes are: `/api/items`. */
  path: string
  /** What clients read: `Item`. */
  noun: string
  /** One of them, for the OpenAPI document. */
  shape: z.ZodType
  listing: z.ZodType<Listing>
  fresh: z.ZodType<Fresh>
  change: z.ZodType<Change>
  make(id: string, body: Fresh, now: string): JsonRecord
  /** The record as it is answered, its members in the order of the contract. */
  present(record: JsonRecord): JsonRecord
  /** What the answer to a list repeats of its query. */
  filters?(query: Listing): JsonRecord | undefined
  /** On whose behalf a request comes is the service's to know. */
  store(request: FastifyRequest): RecordStore<Listing>
  clock: Clock
}

const byId = z.object({ id: z.string() })

/** List, read, make, change and delete, as all clients know them from the Idea Bank. */
export function recordRoutes<Listing, Fresh, Change extends object>(
  app: Web,
  kind: RecordKind<Listing, Fresh, Change>,
): void {
  readRoutes(app, kind)
  createRoute(app, kind)
  changeRoutes(app, kind)
}

function readRoutes<Listing, Fresh, Change>(app: Web, kind: RecordKind<Listing, Fresh, Change>): void {
  const { path, noun, shape, listing, present } = kind
  const list = { summary: `List: ${noun}, newest first`, querystring: listing }
  app.get(
    path,
    { schema: { ...list, response: { 200: shapes.listAnswer(shape), ...shapes.refused } } },
    async (request, reply) => {
      const answer: ReadOptions['answer'] = {}
      const query = request.query as Listing
      const records = await kind.store(request).list(query, { answer })
      tellAnswered(reply, answer)
      const filters = kind.filters?.(query)
      return { success: true, count: records.length, data: records.map(present), ...(filters && { filters }) }
    },
  )
  const get = { summary: `Read: ${noun}`, params: byId }
  app.get(
    `${path}/:id`,
    { schema: { ...get, response: { 200: shapes.dataAnswer(shape), ...shapes.missing, ...shapes.failures } } },
    async (request, reply) => {
      const answer: ReadOptions['answer'] = {}
      const { id } = request.params
      const record = found(noun, id, await kind.store(request).get(id, { answer }))
      tellAnswered(reply, answer)
      return { success: true, data: present(record) }
    },
  )
}

function createRoute<Listing, Fresh, Change>(app: Web, kind: RecordKind<Listing, Fresh, Change>): void {
  const { path, noun, shape, fresh, clock, present } = kind
  const create = { summary: `Make: ${noun}`, body: fresh }
  app.post(
    path,
    { schema: { ...create, response: { 201: shapes.writtenAnswer(shape), ...shapes.writeRefused } } },
    async (request, reply) => {
      const make = (id: string): JsonRecord => kind.make(id, request.body as Fresh, clock().toISOString())
      const record = await kind.store(request).add(make, writeOptions(request))
      return reply.code(201).send({ success: true, message: `${noun} created successfully`, data: present(record) })
    },
  )
}

function changeRoutes<Listing, Fresh, Change extends object>(app: Web, kind: RecordKind<Listing, Fresh, Change>): void {
  const { path, noun, shape, clock, present } = kind
  const response = { 200: shapes.writtenAnswer(shape), ...shapes.missing, ...shapes.writeRefused }
  const change = { summary: `Change some members: ${noun}`, params: byId, body: kind.change }
  app.put(`${path}/:id`, { schema: { ...change, response } }, async (request) => {
    const { id } = request.params
    const changes = given(request.body as Change)
    const next = (record: JsonRecord): JsonRecord => ({ ...record, ...changes, updatedAt: clock().toISOString() })
    const record = found(noun, id, await kind.store(request).change(id, next, writeOptions(request)))
    return { success: true, message: `${noun} updated successfully`, data: present(record) }
  })
  const remove = { summary: `Delete: ${noun}`, params: byId }
  app.delete(`${path}/:id`, { schema: { ...remove, response } }, async (request) => {
    const { id } = request.params
    const record = found(noun, id, await kind.store(request).remove(id, writeOptions(request)))
    return { success: true, message: `${noun} deleted successfully`, data: present(record) }
  })
}

/** The members that the body has; one that it leaves out stays as it is. */
function given(body: object): JsonRecord {
  return Object.fromEntries(Object.entries(body).filter((entry): entry is [string, Json] => entry[1] !== undefined))
}

/** Throws the contract's 404 for what is not there. */
export function found<T>(noun: string, id: string, record: T | undefined): T {
  if (record === undefined) throw notFound(`${noun} with id ${id} not found`)
  return record
}

/** The record with its members in this order, those that the contract does not know behind them. */
export function inOrder(members: readonly string[], record: JsonRecord): JsonRecord {
  const known = members.filter((name) => Object.hasOwn(record, name))
  const others = Object.keys(record).filter((name) => !members.includes(name))
  return Object.fromEntries([...known, ...others].map((name) => [name, record[name] as Json]))
}
