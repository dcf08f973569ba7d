import type { Json, JsonRecord, ReadOptions } from 'outgrow/store'
import { z } from 'zod'
import { failures, listAnswer, missing, writeRefused, writtenAnswer } from '../../web/answer-shapes.ts'
import { found } from '../../web/record-routes.ts'
import { tellAnswered, writeOptions } from '../../web/retries.ts'
import type { Web } from '../../web/web.ts'
import { NotedWork } from '../noted.ts'
import type { Parts } from '../parts.ts'

/** Links have no documented shape: any object that does not give itself an id. */
const newLink = z
  .record(z.string(), z.unknown())
  .refine((link) => Object.keys(link).length > 0, 'must have a member')
  .refine((link) => !Object.hasOwn(link, 'id'), { message: 'is given by the service', path: ['id'] })

const link = z.looseObject({ id: z.string() })

/**
 * Links, in the order in which they were added. They are answered as they are in the store; an old one without an id has no
 * address, and stays until the store is mended.
 */
export function linkRoutes(app: Web, { store, actorOf }: Parts): void {
  const list = { summary: 'List links', response: { 200: listAnswer(z.unknown()), ...failures } }
  app.get('/api/links', { schema: list }, async (_, reply) => {
    const answer: ReadOptions['answer'] = {}
    const links = await store.links({ answer })
    tellAnswered(reply, answer)
    return { success: true, count: links.length, data: links }
  })
  const create = { summary: 'Add a link', body: newLink, response: { 201: writtenAnswer(link), ...writeRefused } }
  app.post('/api/links', { schema: create }, async (request, reply) => {
    const actor = actorOf(request)
    const body = request.body as { [member: string]: Json }
    const data = await store.transaction((work) => new NotedWork(work, actor).addLink(body), writeOptions(request))
    return reply.code(201).send({ success: true, message: 'Link created successfully', data })
  })
  const response = { 200: writtenAnswer(link), ...missing, ...writeRefused }
  const remove = { summary: 'Delete a link', params: z.object({ id: z.string() }), response }
  app.delete('/api/links/:id', { schema: remove }, async (request) => {
    const { id } = request.params
    const actor = actorOf(request)
    const gone = await store.transaction((work) => new NotedWork(work, actor).removeLink(id), writeOptions(request))
    const data: JsonRecord = found('Link', id, gone)
    return { success: true, message: 'Link deleted successfully', data }
  })
}
