import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { termsOf } from '../../services/documentation/search.ts'
import type { JsonRecord } from '../../src/rollout/side.ts'
import { call } from './documentation-calls.ts'
import { type Opened, openPlace } from './documentation-places.ts'

const opened: Opened[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

/** Letters whose lower case is not simple, what means something to LIKE, to regular expressions and to text search. */
const piece = fc.constantFrom(
  ...[
    'a',
    'A',
    'ção',
    'ÇÃO',
    'σ',
    'ς',
    'Σ',
    'İ',
    'i',
    'I',
    'ı',
    'ß',
    'ẞ',
    'K',
    'ǅ',
    'Ⱥ',
    '😀',
    '𐐀',
    '𐐨',
    'e\u0301',
    'É',
  ],
  ...[
    '%',
    '_',
    '\\',
    '.',
    '*',
    '(',
    '[',
    '^',
    '$',
    '|',
    '-',
    "'",
    '"',
    ':',
    '&',
    '!',
    '1',
    '٣',
    '中',
    '中文',
    '\uffff',
  ],
)
const word = fc.array(piece, { minLength: 1, maxLength: 4 }).map((all) => all.join(''))
const text = fc.array(word, { minLength: 1, maxLength: 5 }).map((all) => all.join(' '))
const odd = fc.constantFrom<JsonRecord>({}, {}, {}, { extra: 1 }, { description: 7 })

const system = fc.record({ name: text, shortName: word, description: text })
const idea = fc.record({ title: text, description: text })

function recordsOf(kind: fc.Arbitrary<JsonRecord>, seed: number): JsonRecord[] {
  const made = fc.sample(fc.tuple(kind, odd), { numRuns: 150, seed })
  return made.map(([record, more], at) => ({
    id: String(at),
    createdAt: `2025-01-01T00:00:00.${String(at % 7).padStart(3, '0')}Z`,
    ...record,
    ...more,
  }))
}

const document = (): JsonRecord => ({
  systems: recordsOf(system, 1),
  ideas: recordsOf(idea, 2),
  links: [],
  files: [],
  change_log: [],
  nextId: 1,
  nextLinkId: 1,
  nextFileId: 1,
  nextSystemId: 1,
})

test('a search finds the same in the file and on PostgreSQL, whether its index or its table is asked', async () => {
  const places = await Promise.all(
    (['lowdb', 'staged: off', 'staged: complete', 'postgres'] as const).map((place) => openPlace(place, document())),
  )
  opened.push(...places)
  const postgres = places[3] as Opened
  const queries = fc.sample(fc.oneof(word, text), { numRuns: 200, seed: 3 }).filter((q) => [...q.trim()].length >= 2)
  let hits = 0
  for (const indexed of [false, true]) {
    const [database] = await postgres.lab.query<{ name: string }>('select current_database() as name')
    await postgres.lab.query(`alter database "${database?.name}" set enable_seqscan = ${indexed ? 'off' : 'on'}`)
    await postgres.restart()
    for (const q of queries) {
      const url = `/api/search?${new URLSearchParams({ q })}`
      const [first, ...others] = await Promise.all(places.map((place) => call(place, { method: 'GET', url })))
      for (const other of others) expect({ q, indexed, ...other }).toEqual({ q, indexed, ...first })
      hits += JSON.parse(first?.body ?? '').count ?? 0
    }
  }
  expect(hits).toBeGreaterThan(500)
  await postgres.lab.query('set enable_seqscan = off')
  const plan = await postgres.lab.query(
    `explain select * from documentation.ideas where title collate "C" ~ '[aA]bc' or description collate "C" ~ '[aA]bc'`,
  )
  expect(JSON.stringify(plan)).toContain('ideas_text')
})

test('every word must be found, in any member, in any order; equal words count once', async () => {
  const one = await openPlace('lowdb', {
    ...document(),
    systems: [],
    ideas: [
      { id: '1', title: 'Ordem dos livros', description: 'Ação' },
      { id: '2', title: 'Livros', description: '' },
    ],
  })
  opened.push(one)
  const found = async (q: string) => {
    const { data } = (await one.app.inject(`/api/search?${new URLSearchParams({ q })}`)).json()
    return data.items.map((item: JsonRecord) => item.id)
  }
  expect(await found('livro')).toEqual(['1', '2'])
  expect(await found('AÇÃO  livro ')).toEqual(['1'])
  expect(await found('livro nada')).toEqual([])
  expect(termsOf(' um UM  dois ')).toEqual(['dois', 'um'])
})
