import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/helpers/database.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { compareKeys, isKeyless, keyOf, keyOfRecord, keyValue, WHOLE } from '../key.ts'
import type { JsonRecord, Scalar } from '../side.ts'
import { matches } from './match.ts'
import { compareText, compareValues } from './order.ts'
import { runQuery } from './run.ts'
import { containsText, lowerCase, searchPattern } from './text.ts'

let database: TestDatabase
let sql: Connection

beforeAll(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
})

afterAll(async () => {
  await sql.end()
  await database.drop()
})

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'B', 'é', '\uffff', '\ue000', '😀', '𐀀', 'Σ', 'İ', 'ß'),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join('').replaceAll('\u0000', ''))

test('strings are ordered by code point, as collation "C" orders them', async () => {
  expect(compareText('😀', '\uffff')).toBeGreaterThan(0)
  expect('😀' > '\uffff').toBe(false)
  const texts = fc.sample(text, 2000)
  const { rows } = await sql.query<{ t: string }>(
    'select t from unnest($1::text[]) with ordinality as u(t, n) order by t collate "C", n',
    [texts],
  )
  expect([...texts].sort(compareText)).toEqual(rows.map((row) => row.t))
})

test('types are ordered null, boolean, number, string, list, object; missing is null', () => {
  const ascending = [null, false, true, -1.5, -0, 2, 10, '', '10', '2', 'a', [], {}]
  for (const [i, a] of ascending.entries())
    for (const [j, b] of ascending.entries()) expect(Math.sign(compareValues(a, b)), `${a} ${b}`).toBe(Math.sign(i - j))
  expect(compareValues(undefined, null)).toBe(0)
  expect(compareValues([2], [1])).toBe(0)
})

test('each letter is found by its lower-case twin in PostgreSQL exactly when it is found here', async () => {
  const letters: string[] = []
  for (let code = 1; code < 0x20000; code++) {
    const letter = String.fromCodePoint(code)
    if (letter.isWellFormed() && lowerCase(letter) !== letter) letters.push(letter)
  }
  expect(letters.length).toBeGreaterThan(1300)
  const others = [...letters.slice(1), 'ß', 'ẞ', 'ς', 'σ', 'ı', 'K', 'Å'].slice(-letters.length)
  for (const sought of [letters, letters.map(lowerCase), others]) {
    const patterns = sought.map((letter) => searchPattern(letter))
    const { rows } = await sql.query<{ found: boolean }>(
      'select t collate "C" ~ p as found from unnest($1::text[], $2::text[]) with ordinality as u(t, p, n) order by n',
      [letters, patterns],
    )
    const here = letters.map((letter, at) => containsText(letter, lowerCase(sought[at] as string)))
    expect(rows.map((row) => row.found)).toEqual(here)
  }
})

test('any text is found in any text by PostgreSQL exactly when it is found here', async () => {
  const pairs = fc.sample(
    fc.tuple(text, fc.oneof(text, fc.constantFrom('.*', '[a', '\\', '***=', '(?i)', '^$', 'Σ'))),
    2000,
  )
  const found = (
    await sql.query<{ found: boolean }>(
      'select t collate "C" ~ p as found from unnest($1::text[], $2::text[]) with ordinality as u(t, p, n) order by n',
      [pairs.map(([a, b]) => a + b.toLowerCase() + a), pairs.map(([, b]) => searchPattern(b))],
    )
  ).rows
  expect(found.map((row) => row.found)).toEqual(
    pairs.map(([a, b]) => containsText(a + b.toLowerCase() + a, lowerCase(b))),
  )
  const long = 'Ação 😀 (x) '.repeat(200)
  const { rows } = await sql.query<{ found: boolean }>('select $1::text ~ $2::text as found', [
    `<${long}>`,
    searchPattern(long.toUpperCase()),
  ])
  expect(rows[0]?.found).toBe(true)
})

test('İ is i, Σ is σ wherever it stands, ß and ς are themselves, and half a pair is never found', () => {
  expect(lowerCase('İSTANBUL ΟΔΟΣ Straße ẞ')).toBe('istanbul οδοσ straße ß')
  expect(containsText('ΟΔΟΣ', lowerCase('οδος'))).toBe(false)
  expect(containsText('strasse', lowerCase('ß'))).toBe(false)
  expect(containsText('😀', '\ud83d')).toBe(false)
  expect(searchPattern('a\u0000')).toBeUndefined()
  expect(searchPattern('\udc00')).toBeUndefined()
})

const record: JsonRecord = {
  id: 7,
  name: 'Ana',
  none: null,
  tags: ['x', 1, null],
  author: { name: 'Eva', 'a/b': 1 },
  'a.b': true,
}

test.each<[boolean, Parameters<typeof matches>[1]]>([
  [true, {}],
  [true, { id: 7, name: 'Ana', none: null, missing: null, 'a.b': true, '/author/name': 'Eva', '/author/a~1b': 1 }],
  [false, { id: '7' }],
  [false, { name: 'ana' }],
  [false, { tags: null }],
  [false, { '/tags/0': 'x' }],
  [true, { '/tags/0': null, '/name/length': null, toString: null, '/author/constructor': null }],
  [true, { id: { in: ['7', 7] }, missing: { in: [1, null] } }],
  [false, { id: { in: [] } }],
  [true, { id: { not: '7' }, missing: { not: 1 }, tags: { not: null }, author: { not: 'Eva' } }],
  [false, { missing: { not: null } }],
  [true, { id: { gt: 6.5, gte: 7, lt: 8, lte: 7 }, name: { gt: 'AZ', lt: 'a' }, 'a.b': { gt: false } }],
  [false, { id: { gt: '1' } }],
  [false, { none: { lte: null } }],
  [false, { missing: { gte: null } }],
  [false, { tags: { gt: 0 } }],
  [true, { tags: { has: 'x' } }],
  [true, { tags: { has: null } }],
  [false, { tags: { has: '1' } }],
  [false, { name: { has: 'A' } }],
])('%s: %j', (expected, where) => {
  expect(matches(record, where)).toBe(expected)
})

test('a search looks in texts only, and an unknown condition is refused', () => {
  expect(matches(record, {}, { text: 'VA', in: ['name', '/author/name'] })).toBe(true)
  expect(matches(record, {}, { text: 'x', in: ['name', 'tags'] })).toBe(false)
  expect(matches(record, {}, { text: '7', in: ['id'] })).toBe(false)
  expect(matches(record, {}, { text: '', in: ['name'] })).toBe(true)
  expect(() => matches(record, { id: { like: 7 } as never })).toThrow('no condition "like"')
})

test('pages are stable: ties go by key, ascending also when the order is descending', () => {
  const entries = [10, 9, 2, 1].map((id) => ({ key: keyOf(id), record: { id, even: id % 2 === 0 } }))
  const ids = (query: Parameters<typeof runQuery>[1]): unknown[] => runQuery(entries, query).map((one) => one.id)
  expect(ids({})).toEqual([1, 2, 9, 10])
  expect(ids({ order: [{ by: 'even', descending: true }] })).toEqual([2, 10, 1, 9])
  expect(ids({ order: [{ by: 'even' }], offset: 1, limit: 2 })).toEqual([9, 2])
  expect(ids({ limit: 0 })).toEqual([])
})

test('a key is spelled in one way, and what it spells comes back', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()),
      (value) => {
        expect(keyValue(keyOf(value))).toBe(Object.is(value, -0) ? 0 : value)
      },
    ),
  )
  expect(keyOf(7)).not.toBe(keyOf('7'))
  expect(keyOf('a"b')).toBe('"a\\"b"')
  for (const bad of [null, undefined, [], {}, Number.NaN]) expect(() => keyOf(bad)).toThrow('A key is')
  expect(['"b"', '10', '9', '"a"'].sort(compareKeys)).toEqual(['9', '10', '"a"', '"b"'])
})

test('the plan says what the key of a record is', () => {
  const table = (key: string[], pointer: string) => ({
    name: 't',
    key,
    columns: [{ name: 'id', pointer, type: 'text', null_means: 'absent' } as const],
    groups: [],
    children: [],
    proposals: [],
  })
  const key = (record: JsonRecord, pointer = '/id', name?: string) =>
    keyOfRecord({ name: 'c', kind: 'list', table: table(['id'], pointer) }, record, name)
  expect(key({ id: 'a' })).toBe('"a"')
  expect(key({ meta: { id: 3 } }, '/meta/id')).toBe('3')
  expect(key({ id: 'no' }, '#', 'yes')).toBe('"yes"')
  expect([key({}), key({ id: null }), key({ id: ['a'] as Scalar[] })]).toEqual([undefined, undefined, undefined])
  const keyless = { name: 'c', kind: 'list', table: table(['_position'], '/id') } as const
  expect([isKeyless(keyless), isKeyless({ name: 'n', kind: 'values' })]).toEqual([true, true])
  expect(keyOfRecord(keyless, { id: 'a' })).toBe(WHOLE)
  const composite = { name: 'c', kind: 'list', table: table(['id', 'id2'], '/id') } as const
  expect(() => keyOfRecord(composite, { id: 'a' })).toThrow('not one column')
})
