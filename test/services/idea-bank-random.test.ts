import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { oddIdeas, plainIdeas } from './idea-bank-documents.ts'
import { type Call, call } from './idea-bank-session.ts'
import { type Opened, openPlace, PLACES } from './idea-bank-strategies.ts'

const opened: Opened[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const words = fc.constantFrom(
  'Ação',
  'ação',
  'Σ',
  'ς',
  'İ',
  'ß',
  '%',
  '_',
  '\\',
  '.*',
  "o'k",
  '😀',
  '\uffff',
  'a b',
  ' a ',
)
const ids = fc.oneof(fc.integer({ min: 1, max: 16 }).map(String), fc.constantFrom('none', 'abc', '01', '😀'))
const keys = fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: undefined })

const members = fc.record(
  {
    title: words,
    description: words,
    category: fc.constantFrom('dashboard', 'banco-dados', 'misc'),
    priority: fc.constantFrom('low', 'high'),
    status: fc.constantFrom('new', 'review'),
    tags: fc.array(words, { maxLength: 2 }),
  },
  { requiredKeys: [] },
)
const whole = fc.record({
  title: words,
  description: words,
  category: fc.constantFrom('dashboard', 'banco-dados'),
  priority: fc.constantFrom('low', 'high'),
  tags: fc.array(words, { maxLength: 2 }),
})

const lists = fc
  .record(
    {
      category: fc.constantFrom('dashboard', 'banco-dados'),
      status: fc.constantFrom('new', 'review'),
      priority: fc.constantFrom('low', 'medium', 'high'),
      tag: words,
      search: words,
      order: fc.constantFrom('asc', 'desc'),
      limit: fc.integer({ min: 1, max: 6 }).map(String),
      offset: fc.integer({ min: 0, max: 6 }).map(String),
    },
    { requiredKeys: [] },
  )
  .map((query) => `/api/items?${new URLSearchParams(query)}`)

const calls: fc.Arbitrary<Call> = fc.oneof(
  lists.map((url): Call => ({ method: 'GET', url })),
  ids.map((id): Call => ({ method: 'GET', url: `/api/items/${encodeURIComponent(id)}` })),
  fc.constant<Call>({ method: 'GET', url: '/api/items/stats' }),
  fc.tuple(whole, keys).map(([body, key]): Call => ({ method: 'POST', url: '/api/items', body, ...withKey(key) })),
  fc.tuple(ids, members, keys).map(
    ([id, body, key]): Call => ({
      method: 'PUT',
      url: `/api/items/${encodeURIComponent(id)}`,
      body,
      ...withKey(key),
    }),
  ),
  fc
    .tuple(ids, keys)
    .map(([id, key]): Call => ({ method: 'DELETE', url: `/api/items/${encodeURIComponent(id)}`, ...withKey(key) })),
)

function withKey(key: string | undefined): { key?: string } {
  return key === undefined ? {} : { key }
}

/** A seed of its own, so that a difference that was found can be found again. */
const SEED = 20260101

test('random sessions are answered the same, byte for byte, by every strategy', async () => {
  for (const ideas of [plainIdeas, [...plainIdeas, ...oddIdeas]]) {
    const places = await Promise.all(PLACES.map((place) => openPlace(place, { ideas, lastId: '10' })))
    opened.push(...places)
    for (const [at, one] of fc.sample(calls, { numRuns: 250, seed: SEED }).entries()) {
      const [first, ...others] = await Promise.all(places.map(({ app }) => call(app, one)))
      for (const other of others) expect({ at, one, ...other }).toEqual({ at, one, ...first })
    }
  }
})
