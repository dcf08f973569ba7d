import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noise } from '../helpers/noise.ts'
import { type Lab, move, notesOf, openLab, roundTrip, tableOf, typesOf } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

const kinds = (trip: Awaited<ReturnType<typeof roundTrip>>): string[] =>
  trip.plan.collections.map((collection) => collection.kind)
const nested = (levels: number, inside = '1'): string => '['.repeat(levels) + inside + ']'.repeat(levels)

test('mixed types, the odd one the last of 100,000 records', async () => {
  const records = Array.from({ length: 99_999 }, (_, i) => `{"id":${i},"n":${i * 7},"s":"t${i % 10}"}`)
  const { plan, report } = await roundTrip(lab, `{"a":[${records.join(',')},{"id":99999,"n":"seven","s":null}]}`)
  expect(typesOf(plan, 'a')).toEqual({ id: 'bigint', n: 'jsonb', s: 'text' })
  expect(notesOf(plan)).toContain('mixed-types /a/n')
  expect(report.collections[0]).toMatchObject({ records: 100_000, rows: 100_000, aside: 0 })
})

test('ragged lists, lists of lists, lists of null and mixed lists are jsonb', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"a":[{"r":[1,"x",null,{"y":[]}],"ll":[[1],[2,[3]]],"n":[null],"e":[],"s":["a",null]},{"r":[],"ll":[],"n":[],"e":[]}]}',
  )
  expect(typesOf(plan, 'a')).toEqual({ r: 'jsonb', ll: 'jsonb', n: 'jsonb', e: 'jsonb', s: 'jsonb' })
})

test('a list of records that also holds scalars, lists and nulls keeps each in its place', async () => {
  const { plan, report } = await roundTrip(
    lab,
    '{"a":[{"id":1},null,{"id":2},"x",{"id":3},[1,2],{"id":4,"l":[{"x":1}]}]}',
  )
  expect(tableOf(plan, 'a').key).toEqual(['_position'])
  expect(report.collections[0]).toMatchObject({ records: 7, aside: 3 })
})

test('a list of mostly scalars is one value', async () => {
  const trip = await roundTrip(
    lab,
    '{"a":["x",{"id":1},2,null],"b":[[1],[2]],"c":[null,null],"d":"s","e":null,"f":1e400}',
  )
  expect(kinds(trip)).toEqual(Array(6).fill('values'))
})

describe('nesting', () => {
  test('12,000 deep is refused at the byte where it goes too deep, and nothing is left behind', async () => {
    const file = await lab.file(`{"a":[{"id":1,"v":${nested(12_000)}}]}`)
    const name = lab.name()
    await expect(move(lab, file, { name })).rejects.toMatchObject({
      code: 'source-damaged',
      exit: 5,
      place: expect.stringMatching(/^byte \d+$/),
    })
    expect(await lab.query('select 1 from outgrow.store where name = $1::text', [name])).toEqual([])
  })

  test.each([
    ['a column of jsonb', (levels: number) => `{"a":[{"id":1,"v":${nested(levels - 3)}}]}`],
    ['a value in the aside', (levels: number) => `{"a":[{"id":1,"v":${nested(levels - 3, String.raw`"\u0000"`)}}]}`],
    ['an element that is no object', (levels: number) => `{"a":[{"id":1},${nested(levels - 2)}]}`],
    ['a values collection', (levels: number) => `{"a":${nested(levels - 1)}}`],
    ['a singleton', (levels: number) => `{"a":{"b":${nested(levels - 2)}}}`],
    ['a keyed record', (levels: number) => `{"m":{"k1":{"v":${nested(levels - 3)}},"k2":{"v":[[]]}}}`],
    ['a list of its own table', (levels: number) => `{"a":[{"l":[{"v":${nested(levels - 5)}}]}]}`],
    [
      'a value in the aside of such a list',
      (levels: number) => `{"a":[{"l":[{"v":${nested(levels - 5, String.raw`"\u0000"`)}}]}]}`,
    ],
    ['a top-level list', (levels: number) => nested(levels)],
  ])('%s: what is accepted at 508 to 516 levels comes back, what is not is refused', async (_name, document) => {
    await roundTrip(lab, document(508))
    for (const levels of [509, 510, 511, 512, 513, 514, 515, 516]) {
      const outcome = await roundTrip(lab, document(levels)).then(
        () => 'equal',
        (error: { code?: string; message: string }) => error.code ?? error.message,
      )
      expect(['equal', 'source-damaged'], `${levels} levels`).toContain(outcome)
      if (levels <= 512) expect(outcome, `${levels} levels`).toBe('equal')
    }
  })
})

test('map-like objects: hundreds of ids or dates as names are a keyed collection, or jsonb inside a record', async () => {
  const map = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`user${i}`, { score: i, at: '2024-01-01' }]))
  const days = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`2024-01-${i}`, i]))
  const trip = await roundTrip(lab, JSON.stringify({ scores: map, log: [{ id: 1, days, map }], settings: { days } }))
  expect(kinds(trip)).toEqual(['keyed', 'list', 'singleton'])
  expect(typesOf(trip.plan, 'scores')).toEqual({ key: 'text', score: 'bigint', at: 'date' })
  expect(typesOf(trip.plan, 'log')).toEqual({ id: 'bigint', days: 'jsonb', map: 'jsonb' })
})

test('a map in every record, its names never the same: noted, and no column per name', async () => {
  const records = Array.from({ length: 50 }, (_, i) => ({ id: i, votes: { [`a${i}`]: 1, [`b${i}`]: { deep: i } } }))
  const { plan } = await roundTrip(lab, JSON.stringify({ a: records }))
  expect(typesOf(plan, 'a')).toEqual({ id: 'bigint', votes: 'jsonb' })
  expect(notesOf(plan)).toContain('map-like /a/votes')
})

test('seventy thousand different names: more than are numbered', async () => {
  const records = Array.from({ length: 700 }, (_, i) => ({
    id: i,
    m: Object.fromEntries(Array.from({ length: 100 }, (_unused, k) => [`name-${i}-${k}`, k])),
    ...(i % 10 === 0 && { [`own${i}`]: i }),
  }))
  await roundTrip(lab, JSON.stringify({ a: records, b: [{ late: 1, l: [{ x: 1 }] }] }))
})

describe('wide records', () => {
  const wide = (count: number, value: (i: number) => unknown): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, value(i)]))

  test.each([
    ['integers', (i: number) => i],
    ['booleans', (i: number) => i % 2 === 0],
    ['booleans between integers, each padded to eight bytes', (i: number) => (i % 2 === 0 ? true : i)],
    ['long texts', (i: number) => noise(200, undefined, i + 1)],
    ['short texts between fractions', (i: number) => (i % 2 === 0 ? 'x' : i + 0.5)],
    ['numerics of sixty digits', (i: number) => `#1${noise(60, '0123456789', i)}.5`],
    ['lists of one integer', (i: number) => [i]],
    ['lists of texts', (i: number) => [noise(40, undefined, i + 1)]],
    ['jsonb', (i: number) => [i, 'x']],
    ['UUIDs', (i: number) => `0b9c5b2e-6d4f-4a1b-8c3d-${String(i).padStart(12, '0')}`],
    ['instants between days', (i: number) => (i % 2 === 0 ? '2024-01-01T00:00:00Z' : '2024-01-01')],
    ['nulls', () => null],
  ])('1,601 keys of %s: said in the plan, not met at load', async (_name, value) => {
    const text = JSON.stringify({
      a: [
        { id: 1, ...wide(1_601, value) },
        { id: 2, ...wide(1_601, value), last: 1 },
      ],
    })
    const { plan, report } = await roundTrip(lab, text.replace(/"#([0-9.]+)"/g, '$1'))
    expect(notesOf(plan)).toContain('wide-table /a')
    expect(tableOf(plan, 'a').columns.length).toBeLessThanOrEqual(1_590)
    expect(tableOf(plan, 'a').key).toEqual(['id'])
    expect(report.collections[0]).toMatchObject({ records: 2, rows: 2 })
  })

  test('a wide list inside a record, and a wide singleton', async () => {
    const group = (i: number): unknown => ({ ...Object.fromEntries('abcdefghijkl'.split('').map((k) => [k, i])) })
    const { plan } = await roundTrip(
      lab,
      JSON.stringify({ a: [{ id: 1, l: [wide(100, group), wide(100, group)] }], s: wide(1_700, (i) => i) }),
    )
    expect(tableOf(plan, 'a_l').columns.length).toBeLessThanOrEqual(1_590)
  })
})

test('singletons, keyed collections, scalars and lists side by side, in their order', async () => {
  const trip = await roundTrip(
    lab,
    '{"settings":{"theme":"dark","n":1,"o":{"x":[{"y":1}]}},"version":3,"tags":["a","b"],"users":{"u1":{"a":1},"u2":{"a":2,"b":3}},"posts":[{"id":1}],"none":[],"empty":{},"nil":null,"flag":false}',
  )
  expect(kinds(trip)).toEqual([
    'singleton',
    'values',
    'values',
    'keyed',
    'list',
    'list',
    'singleton',
    'values',
    'values',
  ])
  expect(Object.keys(JSON.parse(trip.exported.toString()))).toEqual([
    'settings',
    'version',
    'tags',
    'users',
    'posts',
    'none',
    'empty',
    'nil',
    'flag',
  ])
  expect(notesOf(trip.plan)).toContain('empty-collection /none')
})

test.each([
  ['a top-level list of records', '[{"id":1,"l":[{"x":1}]},{"id":2}]', 'list', ['list']],
  ['an empty top-level list', '[]', 'list', ['list']],
  ['a top-level list of scalars', '[1,"x",null]', 'list', ['values']],
  ['a top-level map', '{"u1":{"a":1},"u2":{"a":2}}', 'map', ['keyed']],
  ['a top-level map with a list', '{"1":{"a":[{"x":1}]},"2":{"a":[]}}', 'map', ['keyed']],
  ['an empty object', '{}', 'object', []],
])('%s', async (_name, text, document, expected) => {
  const trip = await roundTrip(lab, text)
  expect(trip.plan.document).toBe(document)
  expect(kinds(trip)).toEqual(expected)
})

test('a top-level map of 500 names that say nothing', async () => {
  const text = JSON.stringify(
    Object.fromEntries(Array.from({ length: 500 }, (_, i) => [noise(9, 'abcdefgh', i + 1), { n: i }])),
  )
  const trip = await roundTrip(lab, text)
  expect(trip.plan.document).toBe('map')
})

test('a top-level map of 500 scalars and lists is one value', async () => {
  const text = JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`n${i}`, i % 2 ? i : [i]])))
  const trip = await roundTrip(lab, text)
  expect(kinds(trip)).toEqual(['values'])
})

test.each([
  ['an empty file', '', /^byte 0$/],
  ['white space', ' \n', /^byte 2$/],
  ['null', 'null', /^byte 0$/],
  ['a bare text', '"x"', /^byte 0$/],
  ['NULs', '\0\0\0\0', /^byte 0$/],
  ['a truncated object', '{"a":[{"id":1', /^byte 13$/],
  ['a trailing comma', '{"a":[1,]}', /^byte 8$/],
  ['two documents', '{"a":1}{"b":2}', /^byte 7$/],
  ['a member twice', '{"a":[{"x":1,"x":2}]}', /^byte 13$/],
  ['a collection twice', '{"a":[],"a":[]}', /^byte 8$/],
  ['a raw tab in a text', '{"a":"\t"}', /^byte 6$/],
])('%s is refused with its place', async (_name, text, place) => {
  const file = await lab.file(text)
  await expect(move(lab, file)).rejects.toMatchObject({
    code: 'source-damaged',
    exit: 5,
    place: expect.stringMatching(place),
  })
})

test('invalid UTF-8 and UTF-16 are refused', async () => {
  for (const bytes of [
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from('\ufeff{"a":1}', 'utf16le'),
  ])
    await expect(move(lab, await lab.file(bytes))).rejects.toMatchObject({ code: 'source-damaged', exit: 5 })
})

test('a byte order mark is accepted, noted, and not written again', async () => {
  const trip = await roundTrip(lab, '\ufeff{"a":[{"id":1}]}')
  expect(notesOf(trip.plan)).toContain('byte-order-mark ')
  expect(trip.exported[0]).toBe(0x7b)
})
