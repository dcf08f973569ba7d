import { readdir, readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../../services/documentation/app.ts'
import { documentationPlan } from '../../services/documentation/open.ts'
import { postgresStore } from '../../services/documentation/postgres/store.ts'
import type { Web } from '../../services/web/web.ts'
import { connect } from '../../src/postgres/connect.ts'
import { openStaged } from '../../src/rollout/open.ts'
import { ensureStage } from '../../src/rollout/postgres/stage.ts'
import { exportStore } from '../../src/verbs/export.ts'
import { gateTo } from '../helpers/gate.ts'
import { goTo } from '../helpers/staged.ts'
import { type Lab, openLab } from '../helpers/verbs.ts'
import { type Call, call, fileForm } from './documentation-calls.ts'
import { oddDocument, plainDocument } from './documentation-documents.ts'
import { moveDocument, NAME } from './documentation-places.ts'

const item = { title: 'Ideia', description: 'Descrição', category: 'dashboard', priority: 'low' }
const system = { name: 'Sistema', status: 'online' }

let lab: Lab
const apps: Web[] = []

beforeEach(async () => {
  lab = await openLab()
})
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
  await lab.close()
})

async function open(url = lab.database.url): Promise<Web> {
  const store = postgresStore(url, await documentationPlan())
  const app = await buildApp({ store, uploads: uploads(), clock: () => new Date(), uuid: () => crypto.randomUUID() })
  apps.push(app)
  return app
}

const uploads = (): string => `${lab.context.work}-uploads`
const moved = async (document: object): Promise<void> => moveDocument(lab, await lab.file(JSON.stringify(document)))
const send = (app: Web, method: Call['method'], url: string, body?: unknown) => call({ app }, { method, url, body })
const idOf = (answer: { body: string }): string => JSON.parse(answer.body).data.id

async function exported(): Promise<Record<string, unknown>> {
  const out = lab.path('out.json')
  await exportStore(lab.context, NAME, out)
  return JSON.parse(await readFile(out, 'utf8'))
}

test('an empty database is made ready by the migrations, by any number of processes at once, and ids are given once', async () => {
  const services = await Promise.all([open(), open(), open()])
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, at) => send(services[at % 3] as Web, 'POST', '/api/systems', system)),
  )
  expect(answers.map((one) => one.status)).toEqual(Array(12).fill(201))
  expect(
    answers
      .map(idOf)
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 12 }, (_, at) => at + 1))
  const rows = await lab.query<{ name: string }>('select name from documentation.schema_migration order by name')
  expect(rows.map((row) => row.name)).toEqual(['001_expand_documentation.sql', '002_serve_documentation.sql'])
})

test('what was not touched is exported as it was, whatever it is', async () => {
  await moved(oddDocument)
  const app = await open()
  await send(app, 'PUT', '/api/items/1', { tags: ['x'] })
  const { change_log: log, ...others } = await exported()
  const [untouched, changed] = [structuredClone(oddDocument), (others.ideas as object[])[1]]
  expect(changed).toMatchObject({ id: '1', tags: ['x'] })
  ;(untouched.ideas as object[])[1] = changed as object
  const { change_log: _, ...expected } = untouched
  expect(others).toEqual(expected)
  expect(log).toMatchObject([{ entity: 'idea', entity_id: '1', action: 'update', who: null }])
})

test('sequences begin past every id and every counter of the file, and an id that is gone is not given again after an export', async () => {
  await moved({ ...oddDocument, nextSystemId: 50, nextLinkId: '2' })
  const app = await open()
  expect(idOf(await send(app, 'POST', '/api/items', item))).toBe('21')
  expect(idOf(await send(app, 'POST', '/api/systems', system))).toBe('50')
  expect(idOf(await send(app, 'POST', '/api/links', { a: 1 }))).toBe('5')
  const upload = await call({ app }, { method: 'POST', url: '/api/items/1/files', form: fileForm('x') })
  expect(idOf(upload)).toBe('10')
  for (const url of ['/api/items/21', '/api/systems/50', '/api/links/5', '/api/files/10'])
    expect((await send(app, 'DELETE', url)).status).toBe(200)
  expect(await exported()).toMatchObject({ nextId: 22, nextSystemId: 51, nextLinkId: 6, nextFileId: 11 })
  expect(idOf(await (await open()).inject({ method: 'POST', url: '/api/items', payload: item }))).toBe('22')
})

test('a counter counts also where no record is left', async () => {
  await moved({ ...plainDocument, systems: [], nextSystemId: 50 })
  expect(idOf(await send(await open(), 'POST', '/api/systems', system))).toBe('50')
})

test('an id that somebody took past the service is skipped', async () => {
  const app = await open()
  expect(idOf(await send(app, 'POST', '/api/systems', system))).toBe('1')
  await lab.query(`insert into documentation.systems (id) select generate_series(2, 40)::text`)
  expect(idOf(await send(app, 'POST', '/api/systems', system))).toBe('41')
})

test('the change log is kept when what it tells of is deleted: nothing refers to it', async () => {
  await moved(plainDocument)
  const app = await open()
  await call({ app }, { method: 'DELETE', url: '/api/items/3', who: 'ana' })
  const rows = await lab.query(
    'select entity, entity_id, action, who, before, after from documentation.change_log order by id',
  )
  expect(rows).toMatchObject([
    { entity: 'idea', entity_id: '3', action: 'delete', who: 'ana', before: { title: 'Ação às três' }, after: null },
    { entity: 'file', entity_id: '1', action: 'delete', who: 'ana', before: { idea_id: '3' }, after: null },
    { entity: 'file', entity_id: '2', action: 'delete', who: 'ana', before: { idea_id: '3' }, after: null },
  ])
  const [foreign] = await lab.query<{ count: string }>(
    `select count(*) from pg_constraint where contype = 'f' and conrelid = 'documentation.change_log'::regclass`,
  )
  expect(foreign?.count).toBe('0')
})

test('an item is not deleted while an upload to it is being written: it goes after it, with the file', async () => {
  await moved(plainDocument)
  const app = await open()
  const store = postgresStore(lab.database.url, await documentationPlan())
  let removal: Promise<unknown> = Promise.resolve()
  await store.transaction(async (work) => {
    expect(await work.get('ideas', '3')).toBeDefined()
    let isOver = false
    removal = send(app, 'DELETE', '/api/items/3').finally(() => {
      isOver = true
    })
    const waiting = () => lab.query('select 1 from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0')
    await expect.poll(async () => isOver || (await waiting()).length > 0).toBe(true)
    await work.insert('files', { id: '90', idea_id: '3', stored_name: 'x.txt' })
  })
  await removal
  expect(await lab.query(`select id from documentation.files where idea_id = '3'`)).toEqual([])
  await store.close()
})

test('a database that is away is 503 with Retry-After, also at the start; when it is back, so is the service', async () => {
  const gate = await gateTo(lab.database.url)
  await gate.shut()
  const app = await open(gate.url)
  const calls: Call[] = [
    ...[
      '/api/items',
      '/api/items/1',
      '/api/systems',
      '/api/links',
      '/api/stats',
      '/api/search?q=ab',
      '/api/changes',
    ].map((url): Call => ({ method: 'GET', url })),
    { method: 'GET', url: '/api/files/1/download' },
    { method: 'POST', url: '/api/items', body: item },
    { method: 'PUT', url: '/api/systems/1', body: {} },
    { method: 'POST', url: '/api/links', body: { a: 1 } },
    { method: 'DELETE', url: '/api/files/1' },
    { method: 'POST', url: '/api/items/1/files', form: fileForm('x') },
  ]
  for (const one of calls) {
    const answer = await call({ app }, one)
    expect([one.url, answer.status, answer.headers['retry-after']]).toEqual([one.url, 503, '2'])
    expect(JSON.parse(answer.body)).toMatchObject({ success: false })
  }
  expect((await app.inject('/ready')).statusCode).toBe(503)
  expect((await app.inject('/health')).statusCode).toBe(200)
  // Whether the record was written is not known to the service then: its bytes are left to the sweep.
  expect(await readdir(uploads())).toHaveLength(1)
  await gate.open()
  expect((await send(app, 'POST', '/api/items', item)).status).toBe(201)
  await gate.shut()
  expect((await send(app, 'GET', '/api/items')).status).toBe(503)
  await gate.open()
  expect((await send(app, 'GET', '/api/items')).status).toBe(200)
  for (const one of apps.splice(0)) await one.close()
  await gate.close()
})

test('after the stages it goes on alone at complete, and is refused before', async () => {
  const file = await lab.file(JSON.stringify({ ...plainDocument, nextId: 30 }))
  await moveDocument(lab, file)
  const session = await connect(lab.database.url)
  await ensureStage(session, { name: NAME, by: 'test', why: 'test' })
  await session.end()
  const plan = await documentationPlan()
  const staged = await openStaged({ name: NAME, file, plan, database: lab.database.url })
  staged.scene.isRehearsal = true
  await goTo(staged, 'live')
  const app = await open()
  expect((await send(app, 'GET', '/api/items')).status).toBe(503)
  expect((await app.inject('/ready')).statusCode).toBe(503)
  await goTo(staged, 'complete')
  await staged.store.close()
  expect(idOf(await send(app, 'POST', '/api/items', item))).toBe('30')
  expect((await send(app, 'DELETE', '/api/items/3')).status).toBe(200)
  expect((await send(app, 'POST', '/api/links', { a: 1 })).status).toBe(201)
})
