import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../../services/idea-bank/app.ts'
import { postgresStore } from '../../services/idea-bank/postgres/store.ts'
import { planFor } from '../../services/idea-bank/shape.ts'
import type { Web } from '../../services/web/web.ts'
import { connect } from '../../src/postgres/connect.ts'
import { quoteIdent } from '../../src/postgres/ident.ts'
import { openStaged } from '../../src/rollout/open.ts'
import { ensureStage } from '../../src/rollout/postgres/stage.ts'
import { exportStore } from '../../src/verbs/export.ts'
import { serverUrl } from '../helpers/database.ts'
import { gateTo } from '../helpers/gate.ts'
import { goTo } from '../helpers/staged.ts'
import { type Lab, openLab } from '../helpers/verbs.ts'
import { oddIdeas, plainIdeas } from './idea-bank-documents.ts'
import { type Answer, call } from './idea-bank-session.ts'
import { moveIdeas } from './idea-bank-strategies.ts'

const good = { title: 'Ideia', description: 'Descrição', category: 'dashboard', priority: 'low' }

let lab: Lab
let app: Web | undefined

beforeEach(async () => {
  lab = await openLab()
})
afterEach(async () => {
  await app?.close()
  app = undefined
  await lab.close()
})

async function open(url = lab.database.url): Promise<Web> {
  app = await buildApp({ store: postgresStore(url, () => 'uuid'), clock: () => new Date(0) })
  return app
}

async function moved(document: { ideas: object[]; lastId: string }): Promise<string> {
  const file = await lab.file(JSON.stringify(document), 'ideas.json')
  await moveIdeas(lab, file, Object.keys(document))
  return file
}

test('an empty database is made ready by the migrations, by any number of processes at once', async () => {
  const banks = await Promise.all(
    [1, 2, 3].map(() => buildApp({ store: postgresStore(lab.database.url, () => 'uuid'), clock: () => new Date(0) })),
  )
  const answers = await Promise.all(banks.map((bank) => call(bank, { method: 'POST', url: '/api/items', body: good })))
  expect(answers.map((one) => [one.status, JSON.parse(one.body).data.id]).sort()).toEqual([
    [201, '1'],
    [201, '2'],
    [201, '3'],
  ])
  for (const bank of banks) await bank.close()
  const rows = await lab.query<{ name: string }>('select name from idea_bank.schema_migration order by name')
  expect(rows.map((row) => row.name)).toEqual(['001_expand_idea_bank.sql', '002_serve_idea_bank.sql'])
})

test('what was not touched is exported as it was, whatever it is', async () => {
  const document = { ideas: [...plainIdeas, ...oddIdeas], lastId: '10' }
  await moved(document)
  const bank = await open()
  await call(bank, { method: 'PUT', url: '/api/items/3', body: { tags: ['x'] } })
  const out = lab.path('out.json')
  await exportStore(lab.context, 'idea-bank', out)
  const exported = JSON.parse(await readFile(out, 'utf8'))
  const changed = { ...oddIdeas[0], tags: ['x'], updatedAt: '1970-01-01T00:00:00.000Z' }
  const expected = document.ideas.map((idea) => (idea === oddIdeas[0] ? changed : idea))
  expect(exported).toEqual({ ideas: expected, lastId: '10' })
})

test('a database that is away is 503 with Retry-After, also at the start; when it is back, so is the service', async () => {
  const gate = await gateTo(lab.database.url)
  await gate.shut()
  const bank = await open(gate.url)
  for (const one of [
    { method: 'GET', url: '/api/items' },
    { method: 'GET', url: '/api/items/1' },
    { method: 'GET', url: '/api/items/stats' },
    { method: 'POST', url: '/api/items', body: good },
    { method: 'PUT', url: '/api/items/1', body: { status: 'new' } },
    { method: 'DELETE', url: '/api/items/1' },
  ] as const) {
    const answer = await call(bank, one)
    expect([answer.status, answer.retryAfter, JSON.parse(answer.body).success]).toEqual([503, '2', false])
  }
  expect((await bank.inject('/ready')).statusCode).toBe(503)
  expect((await bank.inject('/health')).statusCode).toBe(200)
  await gate.open()
  expect((await call(bank, { method: 'POST', url: '/api/items', body: good })).status).toBe(201)
  await gate.shut()
  expect((await call(bank, { method: 'GET', url: '/api/items' })).status).toBe(503)
  await gate.open()
  expect(JSON.parse((await call(bank, { method: 'GET', url: '/api/items' })).body).count).toBe(1)
  await bank.close()
  app = undefined
  await gate.close()
})

test('a database that takes no sessions is away too', async () => {
  const bank = await open()
  expect((await call(bank, { method: 'GET', url: '/api/items' })).status).toBe(200)
  const admin = await connect(serverUrl())
  const database = quoteIdent(lab.database.name)
  await admin.query(`alter database ${database} allow_connections false`)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1::text', [
    lab.database.name,
  ])
  // The first find out that their session is gone, the last that there is no other.
  const answers: Answer[] = []
  for (let at = 0; at < 5; at++) answers.push(await call(bank, { method: 'GET', url: '/api/items' }))
  await admin.query(`alter database ${database} allow_connections true`)
  await admin.end()
  expect(answers.map((one) => `${one.status} ${one.retryAfter}`)).toEqual(Array(5).fill('503 2'))
  expect((await call(bank, { method: 'GET', url: '/api/items' })).status).toBe(200)
})

test('after the stages it goes on alone at complete, and is refused before', async () => {
  const file = await moved({ ideas: plainIdeas, lastId: '10' })
  const session = await connect(lab.database.url)
  await ensureStage(session, { name: 'idea-bank', by: 'test', why: 'test' })
  await session.end()
  const staged = await openStaged({
    name: 'idea-bank',
    file,
    plan: await planFor(['ideas']),
    database: lab.database.url,
  })
  staged.scene.isRehearsal = true
  await goTo(staged, 'live')
  const bank = await open()
  expect((await call(bank, { method: 'GET', url: '/api/items' })).status).toBe(503)
  expect((await bank.inject('/ready')).statusCode).toBe(503)
  await goTo(staged, 'complete')
  await staged.store.close()
  const added = await call(bank, { method: 'POST', url: '/api/items', body: good })
  expect([added.status, JSON.parse(added.body).data.id]).toEqual([201, '11'])
  expect((await call(bank, { method: 'PUT', url: '/api/items/1', body: { status: 'new' } })).status).toBe(200)
  expect((await call(bank, { method: 'DELETE', url: '/api/items/1' })).status).toBe(200)
})

test('tables that another plan made are refused by name, before anything is written to them', async () => {
  const store = postgresStore(lab.database.url, () => 'uuid')
  const column = 'alter table idea_bank.ideas alter column updated_at type'
  await store.list({})
  await store.close()
  await lab.query(`${column} jsonb using to_jsonb(updated_at)`)
  const again = postgresStore(lab.database.url, () => 'uuid')
  await expect(again.list({})).rejects.toMatchObject({
    code: 'target-unsafe',
    message: expect.stringContaining('updated_at'),
  })
  await lab.query(`${column} timestamptz using null`)
  expect(await again.list({})).toEqual([])
  await again.close()
})
