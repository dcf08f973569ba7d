import { OutgrowError } from 'outgrow'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { notFound, Refusal } from './refusal.ts'
import { tellAnswered, writeOptions } from './retries.ts'
import { openWeb, type Web, type WebOptions } from './web.ts'

const service = { name: 'sample', title: 'Sample', description: 'A sample.' }

let app: Web
afterEach(() => app.close())

async function open(options: Partial<WebOptions> = {}): Promise<void> {
  app = (await openWeb({ service, ready: async () => ({ ready: true }), ...options })).app
}

const post = (payload: unknown, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/things',
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })

const thing = z.strictObject({ name: z.string().min(1), tags: z.array(z.string().min(1)).default([]) })

test('a request that is not as its schema says is 400 with each field, in the three forms that clients read', async () => {
  await open()
  app.post('/things', { schema: { body: thing } }, async (request) => request.body)
  const answer = await post({ name: '', tags: ['a', ''], colour: 'red' })
  expect(answer.statusCode).toBe(400)
  const body = answer.json()
  expect(body).toMatchObject({ success: false, error: body.message })
  expect(body.errors.map((one: { field: string }) => one.field)).toEqual(['name', 'tags.1', 'colour'])
  expect((await post({ name: 'a' })).json()).toEqual({ name: 'a', tags: [] })
})

test.each([
  ['malformed JSON', '{"name":', {}, 400],
  ['an empty body', '', {}, 400],
  ['no object', '[]', {}, 400],
  ['another media type', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['more than 1 MB', JSON.stringify({ name: 'x'.repeat(1024 * 1024) }), {}, 413],
  ['a prototype', '{"__proto__": {"name": "x"}}', {}, 400],
])('%s is refused', async (_, payload, headers, status) => {
  await open()
  app.post('/things', { schema: { body: thing } }, async (request) => request.body)
  const answer = await post(payload, headers)
  const body = answer.json()
  expect([answer.statusCode, body.success, typeof body.message]).toEqual([status, false, 'string'])
  expect(body.error).toBe(body.message)
  if (status === 400) expect(body.errors).toEqual([expect.objectContaining({ field: 'body' })])
})

test.each([
  [new OutgrowError('unavailable', 'PostgreSQL at db.internal does not answer'), 503, /try again/],
  [new OutgrowError('stale-epoch', 'epoch 4 at db.internal'), 503, /try again/],
  [new OutgrowError('source-changed', 'somebody wrote /var/db.json'), 503, /read-only/],
  [new OutgrowError('conflict', 'The key is taken.'), 409, /taken/],
  [new OutgrowError('refused', 'Column title takes no list.', { place: 'title' }), 400, /title/],
  [new OutgrowError('failure', 'The disk /dev/sda failed'), 500, /^Internal/],
  [new Error('secret'), 500, /^Internal/],
  [notFound('Item with id 7 not found'), 404, /^Item with id 7 not found$/],
  [new Refusal(422, 'No asset found'), 422, /asset/],
])('%s is answered with %i', async (error, status, text) => {
  await open()
  app.get('/things', async () => {
    throw error
  })
  const answer = await app.inject('/things')
  const body = answer.json()
  expect([answer.statusCode, body.success, body.error]).toEqual([status, false, body.message])
  expect(body.message).toMatch(text)
  expect(answer.headers['retry-after']).toBe(status === 503 ? '2' : undefined)
  expect(answer.body).not.toMatch(/db\.internal|\/var|secret|\/dev/)
})

test('an unknown path is 404 in the same form, and a request beyond the limit is 429 with the standard headers', async () => {
  await open({ perMinute: 1 })
  app.get('/things', async () => 'ok')
  const first = await app.inject('/things')
  expect([first.statusCode, first.headers['ratelimit-limit'], first.headers['ratelimit-remaining']]).toEqual([
    200,
    '1',
    '0',
  ])
  const second = await app.inject('/things')
  expect([second.statusCode, second.json().success, second.json().error]).toEqual([429, false, second.json().message])
  expect(Number(second.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(second.headers['ratelimit-reset'])).toBeGreaterThan(0)
  // What watches the service is never limited.
  for (const url of ['/health', '/ready', '/metrics']) expect((await app.inject(url)).statusCode).toBe(200)
  const unknown = await app.inject('/nothing?a=1')
  expect([unknown.statusCode, unknown.json().message]).toEqual([404, 'There is no GET /nothing'])
})

test('a service that cannot work is alive and not ready; a check that throws is not ready', async () => {
  let ready = async (): Promise<{ ready: boolean; stage?: string }> => ({ ready: false, stage: 'live' })
  await open({ ready: () => ready() })
  expect((await app.inject('/health')).json()).toEqual({ status: 'ok', service: 'sample' })
  const answer = await app.inject('/ready')
  expect([answer.statusCode, answer.json()]).toEqual([503, { service: 'sample', ready: false, stage: 'live' }])
  ready = async () => {
    throw new Error('away')
  }
  expect((await app.inject('/ready')).statusCode).toBe(503)
})

test('metrics tell the time of each route, and put unknown paths together', async () => {
  await open()
  app.get('/things/:id', async () => 'ok')
  for (const url of ['/things/1', '/things/2', '/a', '/b']) await app.inject(url)
  const { body } = await app.inject('/metrics')
  expect(body).toContain('http_request_duration_seconds_count{method="GET",route="/things/:id",status="200"} 2')
  expect(body).toContain('http_request_duration_seconds_count{method="GET",route="unknown",status="404"} 2')
})

test('an idempotency key stands for method, path and body, and must be one', async () => {
  await open()
  app.post('/things', async (request) => writeOptions(request))
  const first = (await post({ a: 1 }, { 'idempotency-key': 'k1' })).json()
  expect(first.idempotencyKey).toBe('k1')
  expect((await post({ a: 1 }, { 'idempotency-key': 'k2' })).json().request).toBe(first.request)
  expect((await post({ a: 2 }, { 'idempotency-key': 'k1' })).json().request).not.toBe(first.request)
  expect((await post({ a: 1 })).json()).toEqual({})
  for (const bad of ['', 'x'.repeat(256)])
    expect((await post({ a: 1 }, { 'idempotency-key': bad })).json()).toMatchObject({
      errors: [{ field: 'Idempotency-Key', message: expect.any(String) }],
    })
})

test('only an answer by fallback is told', async () => {
  await open()
  app.get('/things', async (_, reply) => {
    tellAnswered(reply, { side: 'file', fallback: true })
    return 'ok'
  })
  app.get('/others', async (_, reply) => {
    tellAnswered(reply, { side: 'file', fallback: false })
    return 'ok'
  })
  expect((await app.inject('/things')).headers['x-outgrow-answered-by']).toBe('file')
  expect((await app.inject('/others')).headers).not.toHaveProperty('x-outgrow-answered-by')
})

test('the document describes the routes, as JSON and as a page that runs no scripts', async () => {
  await open()
  app.post('/things', { schema: { summary: 'Make <a> thing', body: thing } }, async (request) => request.body)
  await app.ready()
  const document = (await app.inject('/docs/json')).json()
  expect(Object.keys(document.paths)).toEqual(['/things'])
  expect(document.paths['/things'].post.requestBody.content['application/json'].schema.properties.name).toMatchObject({
    type: 'string',
  })
  const page = await app.inject('/docs')
  expect(page.body).toContain('POST /things · Make &#60;a&#62; thing')
  expect(page.headers['content-security-policy']).toContain("default-src 'none'")
})

test('a DELETE that announces JSON and sends none is taken, one that sends what is no JSON is not', async () => {
  await open()
  app.delete('/things', async () => 'gone')
  const remove = (payload: string) =>
    app.inject({ method: 'DELETE', url: '/things', headers: { 'content-type': 'application/json' }, payload })
  expect((await remove('')).body).toBe('gone')
  expect((await remove('{')).statusCode).toBe(400)
})
