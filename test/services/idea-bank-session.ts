import type { Web } from '../../services/web/web.ts'

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  body?: unknown
  key?: string
}

/** An answer as a client sees it, byte for byte; headers that tell the time are left out. */
export interface Answer {
  status: number
  type: unknown
  retryAfter: unknown
  body: string
}

export async function call(app: Web, { method, url, body, key }: Call): Promise<Answer> {
  const answer = await app.inject({
    method,
    url,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return {
    status: answer.statusCode,
    type: answer.headers['content-type'],
    retryAfter: answer.headers['retry-after'],
    body: answer.body,
  }
}

const good = { title: ' Nova ideia ', description: 'Descrição', category: 'dashboard', priority: 'low' }

const LISTS = [
  '',
  '?order=asc',
  '?limit=2',
  '?limit=2&offset=1',
  '?offset=3',
  '?limit=3&offset=2&order=asc',
  '?category=dashboard',
  '?status=new&priority=medium',
  '?tag=a',
  '?tag=%25',
  "?tag=it's",
  '?search=a%C3%87%C3%83O',
  '?search=%25%20_',
  '?search=%CF%83',
  '?search=iz',
  '?search=%5C%20(',
  '?search=.*',
  '?search=meio',
  '?search=nada&tag=a',
]

const WRONG_QUERIES = [
  '?limit=0',
  '?limit=1001',
  '?limit=x',
  '?limit=1.5',
  '?limit=',
  '?offset=-1',
  '?order=up',
  '?category=misc',
  '?status=',
  '?priority=low&priority=high',
  '?search=',
  '?colour=red',
]

const WRONG_BODIES: unknown[] = [
  {},
  { ...good, title: '   ' },
  { ...good, title: 'x'.repeat(201) },
  { ...good, description: 'x'.repeat(2001) },
  { ...good, category: 'misc' },
  { ...good, priority: 'urgent', tags: 'a' },
  { ...good, tags: ['ok', '', 'x'.repeat(51), 5] },
  { ...good, status: 'completed' },
  { ...good, colour: 'red', id: '7' },
  { ...good, title: 'a\u0000b' },
  { ...good, title: '\ud800' },
  '{"title": ',
  '',
  'null',
  '[]',
  'x'.repeat(1024 * 1024 + 1),
]

const WRONG_CHANGES: unknown[] = [
  { id: '99' },
  { createdAt: '2020-01-01T00:00:00.000Z' },
  { status: 'paused' },
  { title: '' },
  { tags: null },
  { updatedAt: null },
]

/** One of everything that a client may do, the wrong included. */
export const SESSION: Call[] = [
  ...[...LISTS, ...WRONG_QUERIES].map((query): Call => ({ method: 'GET', url: `/api/items${query}` })),
  { method: 'GET', url: '/api/items/stats' },
  ...['1', '3', '4', '5', '6', '8', '10', 'none', '%20', '../1', '%F0%9F%98%80'].map(
    (id): Call => ({ method: 'GET', url: `/api/items/${id}` }),
  ),
  ...WRONG_BODIES.map((body): Call => ({ method: 'POST', url: '/api/items', body })),
  { method: 'POST', url: '/api/items', body: good },
  { method: 'POST', url: '/api/items', body: { ...good, status: 'new', tags: [' dois ', '😀', 'x'.repeat(50)] } },
  { method: 'POST', url: '/api/items', body: { ...good, title: 'x'.repeat(200), description: 'é'.repeat(2000) } },
  ...WRONG_CHANGES.map((body): Call => ({ method: 'PUT', url: '/api/items/1', body })),
  { method: 'PUT', url: '/api/items/1', body: { status: 'rejected' } },
  { method: 'PUT', url: '/api/items/1', body: {} },
  { method: 'PUT', url: '/api/items/3', body: { title: 'Agora texto', tags: ['a'] } },
  { method: 'PUT', url: '/api/items/4', body: { tags: ['a'], priority: 'high' } },
  { method: 'PUT', url: '/api/items/8', body: { status: 'completed' } },
  { method: 'PUT', url: '/api/items/none', body: { status: 'new' } },
  { method: 'GET', url: '/api/items?tag=a' },
  { method: 'GET', url: '/api/items?order=asc&limit=4' },
  { method: 'DELETE', url: '/api/items/none' },
  { method: 'DELETE', url: '/api/items/13' },
  { method: 'DELETE', url: '/api/items/13' },
  { method: 'POST', url: '/api/items', body: good },
  { method: 'DELETE', url: '/api/items/5' },
  { method: 'DELETE', url: '/api/items/1', key: 'k1' },
  { method: 'DELETE', url: '/api/items/1', key: 'k1' },
  { method: 'POST', url: '/api/items', body: good, key: 'k2' },
  { method: 'POST', url: '/api/items', body: good, key: 'k2' },
  { method: 'POST', url: '/api/items', body: { ...good, title: 'Outra' }, key: 'k2' },
  { method: 'PUT', url: '/api/items/2', body: { priority: 'high' }, key: 'k3' },
  { method: 'PUT', url: '/api/items/2', body: { priority: 'low' } },
  { method: 'PUT', url: '/api/items/2', body: { priority: 'high' }, key: 'k3' },
  { method: 'PUT', url: '/api/items/none', body: { priority: 'high' }, key: 'k4' },
  { method: 'PUT', url: '/api/items/none', body: { priority: 'high' }, key: 'k4' },
  { method: 'PUT', url: '/api/items/2', body: { priority: 'high' }, key: 'x'.repeat(256) },
  { method: 'GET', url: '/api/items' },
  { method: 'GET', url: '/api/items/stats' },
  { method: 'GET', url: '/api/nothing' },
  { method: 'PUT', url: '/api/items', body: {} },
]
