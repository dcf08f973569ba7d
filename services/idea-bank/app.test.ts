import { OutgrowError } from 'outgrow'
import type { ReadOptions } from 'outgrow/store'
import { afterEach, expect, test } from 'vitest'
import { statsOf } from '../ideas/stats.ts'
import type { Web } from '../web/web.ts'
import { buildApp } from './app.ts'
import type { IdeaStore } from './store.ts'

const idea = { updatedAt: null, id: '1', title: 'Uma', extra: 1 }
const good = { title: 'a', description: 'b', category: 'dashboard', priority: 'low' }

let app: Web
let closed = false
afterEach(() => app.close())

/** A store of one idea, some of whose methods the test makes. */
function storeWith(made: Partial<IdeaStore> = {}): IdeaStore {
  return {
    list: async () => [idea],
    get: async () => idea,
    stats: async () => statsOf([{ idea }]),
    add: async (make) => make('2'),
    change: async (_, next) => next(idea),
    remove: async () => idea,
    ready: async () => ({ ready: true }),
    close: async () => {
      closed = true
    },
    ...made,
  }
}

async function open(made: Partial<IdeaStore> = {}, perMinute?: number): Promise<void> {
  app = await buildApp({
    store: storeWith(made),
    clock: () => new Date(0),
    ...(perMinute !== undefined && { perMinute }),
  })
}

test('a read that the file answered in the place of PostgreSQL says so, and no other does', async () => {
  const fall = (options?: ReadOptions): void => {
    if (options?.answer !== undefined) Object.assign(options.answer, { side: 'file', fallback: true })
  }
  await open({
    list: async (_, options) => {
      fall(options)
      return []
    },
    get: async (_, options) => {
      fall(options)
      return idea
    },
    stats: async (options) => {
      fall(options)
      return statsOf([])
    },
  })
  for (const url of ['/api/items', '/api/items/1', '/api/items/stats'])
    expect((await app.inject(url)).headers['x-outgrow-answered-by']).toBe('file')
  await app.close()
  await open()
  for (const url of ['/api/items', '/api/items/1', '/api/items/stats'])
    expect((await app.inject(url)).headers).not.toHaveProperty('x-outgrow-answered-by')
})

test('members come in the order of the contract, others behind them', async () => {
  await open()
  expect((await app.inject('/api/items/1')).body).toBe(
    '{"success":true,"data":{"id":"1","title":"Uma","updatedAt":null,"extra":1}}',
  )
})

test.each(['unavailable', 'stale-epoch', 'target-unreachable', 'conflict'] as const)(
  'a write that ends as %s is told by status',
  async (code) => {
    const fail = async (): Promise<never> => {
      throw new OutgrowError(code, 'no')
    }
    await open({ add: fail, change: fail, remove: fail })
    const expected = code === 'conflict' ? [409, undefined] : [503, '2']
    for (const [method, url] of [
      ['POST', '/api/items'],
      ['PUT', '/api/items/1'],
      ['DELETE', '/api/items/1'],
    ] as const) {
      const answer = await app.inject({
        method,
        url,
        ...(method !== 'DELETE' && { payload: method === 'POST' ? good : {} }),
      })
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual(expected)
    }
  },
)

test('too many requests are 429 with the standard headers', async () => {
  await open({}, 2)
  const answers = [await app.inject('/api/items'), await app.inject('/api/items'), await app.inject('/api/items')]
  expect(answers.map((one) => one.statusCode)).toEqual([200, 200, 429])
  expect(answers[2]?.json()).toMatchObject({ success: false, error: expect.stringContaining('Rate limit') })
  expect(Object.keys(answers[2]?.headers ?? {})).toEqual(
    expect.arrayContaining(['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after']),
  )
})

/** Method and path of each route, from the tree that Fastify prints: four columns for each level. */
function servedBy(app: Web): string[] {
  const above: string[] = []
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, margin = '', part = '', methods] = /^([^/]*)(\/\S*)(?: \((.*)\))?/.exec(line) ?? []
      above.splice(margin.length / 4 - 1, above.length, part)
      const path = above.join('').replace(/:(\w+)/g, '{$1}')
      return (methods?.split(', ') ?? []).map((method) => `${method} ${path}`)
    })
}

/** What the service answers besides its contract. */
const OPERATIONS = ['/docs', '/docs/json', '/health', '/metrics', '/ready']

test('the document names every route of the contract with its parameters, and no other', async () => {
  await open()
  const served = servedBy(app)
  const { paths } = (await app.inject('/docs/json')).json()
  const described = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const contract = served.filter((one) => !one.startsWith('HEAD') && !OPERATIONS.includes(one.split(' ')[1] ?? ''))
  expect(described.sort()).toEqual(contract.sort())
  expect(described).toEqual([
    'DELETE /api/items/{id}',
    'GET /api/items',
    'GET /api/items/stats',
    'GET /api/items/{id}',
    'POST /api/items',
    'PUT /api/items/{id}',
  ])
  const { parameters, responses } = paths['/api/items'].get
  expect(parameters.map((one: { name: string }) => one.name)).toEqual([
    'category',
    'status',
    'priority',
    'tag',
    'search',
    'order',
    'limit',
    'offset',
  ])
  expect(Object.keys(responses)).toEqual(['200', '400', '429', '500', '503'])
  expect(paths['/api/items'].post.requestBody.content['application/json'].schema.required).toEqual([
    'title',
    'description',
    'category',
    'priority',
  ])
})

test('closing the app closes the store', async () => {
  closed = false
  await open()
  await app.close()
  expect(closed).toBe(true)
})
