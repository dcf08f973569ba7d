import type { ReadOptions } from 'outgrow/store'
import { z } from 'zod'
import { item, stats } from '../../ideas/answer-shapes.ts'
import { MEMBERS as IDEA_MEMBERS, itemOf } from '../../ideas/idea.ts'
import { wholeNumber, word } from '../../ideas/input.ts'
import { statsOf } from '../../ideas/stats.ts'
import { dataAnswer, failures, listAnswer, refused, success } from '../../web/answer-shapes.ts'
import { tellAnswered } from '../../web/retries.ts'
import type { Web } from '../../web/web.ts'
import { ACTIONS, changeOf } from '../change.ts'
import { RECORD_MEMBERS } from '../file.ts'
import { withFiles } from '../files-of.ts'
import type { Parts } from '../parts.ts'
import { searchIn } from '../search.ts'
import { MEMBERS as SYSTEM_MEMBERS, systemOf, systemShape } from '../system.ts'

/** What is asked across kinds: counts, search, and the change log. */
export function overviewRoutes(app: Web, parts: Parts): void {
  statsRoute(app, parts)
  searchRoute(app, parts)
  changesRoute(app, parts)
}

function statsRoute(app: Web, { store }: Parts): void {
  const shape = stats.extend({ systems: z.int(), files: z.int() })
  const schema = { summary: 'Count items, systems and files', response: { 200: dataAnswer(shape), ...failures } }
  app.get('/api/stats', { schema }, async (_, reply) => {
    const answer: ReadOptions['answer'] = {}
    const ideas = await store.find('ideas', {}, { answer })
    const systems = await store.count('systems', { answer })
    const files = await store.count('files', { answer })
    tellAnswered(reply, answer)
    return { success: true, data: { ...statsOf(ideas.map((idea) => ({ idea }))), systems, files } }
  })
}

const found = z.object({
  success,
  query: z.string(),
  count: z.int(),
  data: z.object({ systems: z.array(systemShape), items: z.array(item) }),
})

const searched = z.strictObject({
  q: z.string().trim().min(2, 'must have at least 2 characters').max(200, 'must have at most 200 characters'),
})

function searchRoute(app: Web, { store }: Parts): void {
  const schema = { summary: 'Search systems and items', querystring: searched, response: { 200: found, ...refused } }
  app.get('/api/search', { schema }, async ({ query: { q } }, reply) => {
    const answer: ReadOptions['answer'] = {}
    const systems = (await searchIn(store, 'systems', q, { answer })).map(systemOf)
    const ideas = await searchIn(store, 'ideas', q, { answer })
    const items = (await withFiles(store, ideas, { answer })).map(itemOf)
    tellAnswered(reply, answer)
    return { success: true, query: q, count: systems.length + items.length, data: { systems, items } }
  })
}

const change = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  entity: z.string(),
  entityId: z.string(),
  action: z.enum(ACTIONS),
  before: z.looseObject({}).nullable(),
  after: z.looseObject({}).nullable(),
  who: z.string().nullable(),
})

const changesAsked = z.strictObject({
  entity: word.optional(),
  entityId: word.optional(),
  limit: wholeNumber(1, 1000).default(100),
  offset: wholeNumber(0, 999_999_999).optional(),
})

/** In which order the change log tells the members of what was changed. */
const ORDERS = { system: SYSTEM_MEMBERS, idea: IDEA_MEMBERS, file: RECORD_MEMBERS }

function changesRoute(app: Web, { store }: Parts): void {
  const schema = {
    summary: 'The change log, newest first',
    querystring: changesAsked,
    response: { 200: listAnswer(change), ...refused },
  }
  app.get('/api/changes', { schema }, async ({ query: { entity, entityId, limit, offset } }, reply) => {
    const answer: ReadOptions['answer'] = {}
    const where = { ...(entity !== undefined && { entity }), ...(entityId !== undefined && { entity_id: entityId }) }
    const page = { limit, ...(offset !== undefined && { offset }) }
    const order = [{ by: 'id', descending: true }]
    const changes = await store.find('change_log', { where, order, ...page }, { answer })
    tellAnswered(reply, answer)
    return { success: true, count: changes.length, data: changes.map((one) => changeOf(one, ORDERS)) }
  })
}
