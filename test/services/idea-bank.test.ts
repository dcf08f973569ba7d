import { afterEach, describe, expect, test } from 'vitest'
import type { JsonRecord } from '../../src/rollout/side.ts'
import { oddIdeas, plainIdeas } from './idea-bank-documents.ts'
import { call, SESSION } from './idea-bank-session.ts'
import { type Opened, openPlace, PLACES, type Place } from './idea-bank-strategies.ts'

const opened: Opened[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(place: Place, document: JsonRecord): Promise<Opened> {
  const one = await openPlace(place, document)
  opened.push(one)
  return one
}

const remembering = (ideas: JsonRecord[]): JsonRecord => ({ ideas, lastId: '10' })

test.each([
  ['ideas as the API makes them', remembering(plainIdeas)],
  ['ideas of any age', remembering([...plainIdeas, ...oddIdeas])],
  ['no ideas', { ideas: [], lastId: '0' }],
  ['items', { items: plainIdeas, lastId: '10' }],
  ['items and categories', { items: plainIdeas, categories: [{ id: 'x', name: 'X' }], lastId: '10' }],
])('%s: a session is answered the same, byte for byte, by every strategy', async (_, document) => {
  const places = await Promise.all(PLACES.map((place) => open(place, document)))
  for (const one of SESSION) {
    const [first, ...others] = await Promise.all(places.map(({ app }) => call(app, one)))
    for (const [at, other] of others.entries())
      expect({ place: PLACES[at + 1], one, ...other }).toEqual({ place: PLACES[at + 1], one, ...first })
    expect(first?.status, `${one.method} ${one.url}`).toBeLessThan(500)
  }
})

describe.each(PLACES)('%s', (place) => {
  const good = { title: 'Ideia', description: 'Descrição', category: 'dashboard', priority: 'low' }
  const add = async ({ app }: Opened): Promise<string> =>
    JSON.parse((await call(app, { method: 'POST', url: '/api/items', body: good })).body).data.id
  const remove = ({ app }: Opened, id: string) => call(app, { method: 'DELETE', url: `/api/items/${id}` })

  test('an id is never given twice, not even after the newest was deleted and the service restarted', async () => {
    const bank = await open(place, remembering(plainIdeas))
    expect((await remove(bank, '10')).status).toBe(200)
    await bank.restart()
    expect(await add(bank)).toBe('11')
    expect(await add(bank)).toBe('12')
    await remove(bank, '12')
    await bank.restart()
    expect(await add(bank)).toBe('13')
    // What is not there cannot be deleted, and takes no number.
    expect((await remove(bank, '500')).status).toBe(404)
    expect(await add(bank)).toBe('14')
  })

  test('the highest id is remembered before it goes, although nobody had remembered it', async () => {
    const bank = await open(place, { ideas: plainIdeas, lastId: '3' })
    expect((await remove(bank, '10')).status).toBe(200)
    expect(await add(bank)).toBe('11')
  })

  test('one id that is no number makes UUIDs, until it is gone', async () => {
    const bank = await open(place, { ideas: [...plainIdeas, { id: 'abc' }], lastId: '10' })
    expect(await add(bank)).toBe('00000000-0000-4000-8000-000000000001')
    await remove(bank, '00000000-0000-4000-8000-000000000001')
    expect(await add(bank)).toBe('00000000-0000-4000-8000-000000000002')
    await remove(bank, '00000000-0000-4000-8000-000000000002')
    await remove(bank, 'abc')
    expect(await add(bank)).toBe('11')
  })

  test('ids beyond what JavaScript counts are counted, and a number that was not remembered is found', async () => {
    const bank = await open(place, { ideas: [{ id: '007' }, { id: '90071992547409931' }], lastId: '3' })
    expect(await add(bank)).toBe('90071992547409932')
  })

  test('of twenty creations at once each has an id of its own, and twins under one key make one item', async () => {
    const bank = await open(place, remembering(plainIdeas))
    const ids = await Promise.all(Array.from({ length: 20 }, () => add(bank)))
    expect(ids.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 11))
    const twins = await Promise.all(
      Array.from({ length: 5 }, () => call(bank.app, { method: 'POST', url: '/api/items', body: good, key: 'one' })),
    )
    expect(new Set(twins.map((one) => one.body)).size).toBe(1)
    expect(JSON.parse((await call(bank.app, { method: 'GET', url: '/api/items' })).body).count).toBe(25)
  })

  test('it is ready', async () => {
    const bank = await open(place, remembering([]))
    expect((await bank.app.inject('/ready')).json()).toMatchObject({ service: 'idea-bank', ready: true })
  })
})
