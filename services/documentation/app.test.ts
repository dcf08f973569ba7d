import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OutgrowError } from 'outgrow'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Web } from '../web/web.ts'
import { buildApp } from './app.ts'
import { openLowdbStore } from './lowdb-store.ts'
import { readSettings } from './settings.ts'
import type { DocumentationStore } from './store.ts'

let folder: string
let app: Web

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'documentation-app-'))
})
afterEach(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

async function open(made: Partial<DocumentationStore> = {}, perMinute?: number): Promise<void> {
  const store = { ...(await openLowdbStore(join(folder, 'db.json'))), ...made }
  const parts = { store, uploads: join(folder, 'uploads'), clock: () => new Date(), uuid: () => crypto.randomUUID() }
  app = await buildApp({ ...parts, ...(perMinute !== undefined && { perMinute }) })
}

const ROUTES = [
  'DELETE /api/files/{id}',
  'DELETE /api/items/{id}',
  'DELETE /api/links/{id}',
  'DELETE /api/systems/{id}',
  'GET /api/changes',
  'GET /api/files/{id}/download',
  'GET /api/items',
  'GET /api/items/{id}',
  'GET /api/links',
  'GET /api/search',
  'GET /api/stats',
  'GET /api/systems',
  'GET /api/systems/{id}',
  'POST /api/items',
  'POST /api/items/{id}/files',
  'POST /api/links',
  'POST /api/systems',
  'PUT /api/items/{id}',
  'PUT /api/systems/{id}',
]

test('the document names every route, and no other', async () => {
  await open()
  const { paths } = (await app.inject('/docs/json')).json()
  const described = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(described.sort()).toEqual(ROUTES)
  for (const one of ROUTES) {
    const [method = '', path = ''] = one.split(' ')
    expect(app.hasRoute({ method: method as 'GET', url: path.replace('{id}', ':id') }), one).toBe(true)
  }
  const upload = paths['/api/items/{id}/files'].post
  expect(upload.requestBody.content['multipart/form-data'].schema.properties.file).toEqual({
    type: 'string',
    format: 'binary',
  })
  expect(Object.keys(upload.responses)).toEqual(
    expect.arrayContaining(['201', '400', '404', '409', '413', '415', '503']),
  )
  expect(paths['/api/systems'].post.requestBody.content['application/json'].schema.required).toEqual(['name', 'status'])
  const item = paths['/api/items/{id}'].get.responses['200'].content['application/json'].schema.properties.data
  expect(Object.keys(item.properties.files.items.properties)).toEqual([
    'id',
    'ideaId',
    'originalName',
    'storedName',
    'size',
    'mimeType',
    'url',
    'uploadedAt',
  ])
})

test.each(['unavailable', 'stale-epoch', 'conflict'] as const)(
  'a write that ends as %s is told by status',
  async (code) => {
    await open({
      transaction: async () => {
        throw new OutgrowError(code, 'no')
      },
    })
    for (const [method, url, payload] of [
      ['POST', '/api/links', { a: 1 }],
      ['PUT', '/api/systems/1', {}],
      ['DELETE', '/api/items/1', undefined],
      ['DELETE', '/api/files/1', undefined],
    ] as const) {
      const answer = await app.inject({ method, url, ...(payload !== undefined && { payload }) })
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual(
        code === 'conflict' ? [409, undefined] : [503, '2'],
      )
    }
  },
)

test('a read that the file answered in the place of PostgreSQL says so', async () => {
  const find: DocumentationStore['find'] = async (_, __, options) => {
    if (options?.answer !== undefined) Object.assign(options.answer, { side: 'file', fallback: true })
    return []
  }
  await open({ find })
  for (const url of ['/api/items', '/api/systems', '/api/search?q=ab', '/api/stats', '/api/changes'])
    expect((await app.inject(url)).headers['x-outgrow-answered-by'], url).toBe('file')
})

test('too many requests are 429', async () => {
  await open({}, 1)
  const answers = [await app.inject('/api/links'), await app.inject('/api/links')]
  expect(answers.map((one) => one.statusCode)).toEqual([200, 429])
})

test('without anything said it is plain LowDB on port 5175; an unknown strategy is refused', async () => {
  await open()
  expect(readSettings({})).toMatchObject({ port: 5175, strategy: 'lowdb', file: undefined, uploads: undefined })
  expect(readSettings({ UPLOAD_DIR: ' /srv/up ', DOCUMENTATION_DB_STRATEGY: 'staged' })).toMatchObject({
    strategy: 'staged',
    uploads: '/srv/up',
  })
  expect(() => readSettings({ DOCUMENTATION_DB_STRATEGY: 'mongo' })).toThrow(/DOCUMENTATION.*lowdb, staged, postgres/)
  expect(() => readSettings({ DOCUMENTATION_DB_STRATEGY: 'postgres' })).toThrow(/OUTGROW_DATABASE_URL/)
})
