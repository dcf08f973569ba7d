import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { type Call, call, fileForm } from './documentation-calls.ts'
import { oddDocument, plainDocument } from './documentation-documents.ts'
import { type Opened, openPlace, PLACES } from './documentation-places.ts'

const opened: Opened[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const words = fc.constantFrom(
  'Ação',
  'AÇÃO três',
  'Σ',
  'ς',
  'İ',
  'ß',
  '%',
  '_x',
  '\\',
  '.*',
  "o'k",
  '😀',
  '\uffff',
  'a b',
)
const ids = fc.oneof(fc.integer({ min: 1, max: 12 }).map(String), fc.constantFrom('none', 'abc', '20', 'x/y', '😀'))
const who = fc.constantFrom('ana', 'bia')
/** Few writes have a key, and few keys come twice: a retry, or another request under it. */
const more = fc.oneof(
  { weight: 4, arbitrary: fc.record({ who }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: fc.record({ key: fc.integer({ max: 9, min: 0 }).map((n) => `k${n}`) }) },
)
const item = fc.record({
  title: words,
  description: words,
  category: fc.constantFrom('dashboard', 'banco-dados', 'misc'),
  priority: fc.constantFrom('low', 'high'),
})
const system = fc.record(
  { name: words, status: words, shortName: words, port: fc.integer({ min: 0, max: 99 }), tags: fc.array(words) },
  { requiredKeys: ['name', 'status'] },
)
const link = fc.dictionary(fc.constantFrom('url', 'a', 'b'), fc.oneof(words, fc.integer(), fc.array(fc.constant(null))))
const at = (path: string) => ids.map((id) => path.replace(':id', encodeURIComponent(id)))

const reads = fc.oneof(
  fc.constantFrom('/api/items', '/api/systems', '/api/links', '/api/stats', '/api/changes?limit=5'),
  at('/api/items/:id'),
  at('/api/systems/:id'),
  at('/api/files/:id/download'),
  fc.array(words, { minLength: 1, maxLength: 2 }).map((q) => `/api/search?${new URLSearchParams({ q: q.join(' ') })}`),
)

/** A write of one kind to one path, with what a client may add. */
function writes(method: Call['method'], url: fc.Arbitrary<string>, body?: fc.Arbitrary<unknown>): fc.Arbitrary<Call> {
  const bodies: fc.Arbitrary<unknown> = body ?? fc.constant(undefined)
  return fc.tuple(url, bodies, more).map(([path, sent, given]) => ({ method, url: path, body: sent, ...given }))
}

const calls: fc.Arbitrary<Call> = fc.oneof(
  reads.map((url): Call => ({ method: 'GET', url })),
  writes('POST', fc.constant('/api/items'), item),
  writes('PUT', at('/api/items/:id'), fc.record({ title: words, tags: fc.array(words) }, { requiredKeys: [] })),
  writes('DELETE', at('/api/items/:id')),
  writes('POST', fc.constant('/api/systems'), system),
  writes('PUT', at('/api/systems/:id'), system),
  writes('DELETE', at('/api/systems/:id')),
  writes('POST', fc.constant('/api/links'), link),
  writes('DELETE', at('/api/links/:id')),
  writes('DELETE', at('/api/files/:id')),
  fc
    .tuple(at('/api/items/:id/files'), words, words, more)
    .map(
      ([url, bytes, name, given]): Call => ({ method: 'POST', url, form: fileForm(bytes, `${name}.txt`), ...given }),
    ),
)

/** A seed of its own, so that a difference that was found can be found again. */
const SEED = 20260102

test('random sessions are answered the same, byte for byte, by every strategy', async () => {
  for (const document of [plainDocument, oddDocument]) {
    const places = await Promise.all(PLACES.map((place) => openPlace(place, document)))
    opened.push(...places)
    for (const [step, one] of fc.sample(calls, { numRuns: 250, seed: SEED }).entries()) {
      const [first, ...others] = await Promise.all(places.map((place) => call(place, one)))
      expect(first?.status, first?.body).toBeLessThan(500)
      for (const other of others) expect({ step, one, ...other }).toEqual({ step, one, ...first })
    }
    const logs = await Promise.all(
      places.map((place) => call(place, { method: 'GET', url: '/api/changes?limit=1000' })),
    )
    expect(new Set(logs.map((log) => log.body)).size).toBe(1)
    expect(JSON.parse(logs[0]?.body ?? '').count).toBeGreaterThan(50)
  }
})
