import { afterEach, expect, test } from 'vitest'
import type { JsonRecord } from '../../src/rollout/side.ts'
import { call } from './documentation-calls.ts'
import { oddDocument, plainDocument } from './documentation-documents.ts'
import { type Opened, openPlace, PLACES } from './documentation-places.ts'
import { SESSION } from './documentation-session.ts'

const opened: Opened[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

test.each<[string, JsonRecord]>([
  ['records as the API makes them', plainDocument],
  ['records of any age', oddDocument],
  [
    'no records',
    {
      systems: [],
      ideas: [],
      links: [],
      files: [],
      change_log: [],
      nextId: 1,
      nextLinkId: 1,
      nextFileId: 1,
      nextSystemId: 1,
    },
  ],
])('%s: a session is answered the same, byte for byte, by every strategy', async (_, document) => {
  const places = await Promise.all(PLACES.map((place) => openPlace(place, document)))
  opened.push(...places)
  for (const [at, one] of SESSION.entries()) {
    const [first, ...others] = await Promise.all(places.map((place) => call(place, one)))
    for (const [which, other] of others.entries()) {
      const place = PLACES[which + 1]
      expect({ at, place, one: short(one), ...other }).toEqual({ at, place, one: short(one), ...first })
    }
    expect(first?.status, `${one.method} ${one.url} ${first?.body}`).toBeLessThan(500)
  }
})

function short({ method, url, body, form }: { method: string; url: string; body?: unknown; form?: unknown }): string {
  return `${method} ${url} ${String(JSON.stringify(body ?? form)).slice(0, 200)}`
}
