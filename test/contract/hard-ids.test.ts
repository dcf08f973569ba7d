import { afterAll, beforeAll, expect, test } from 'vitest'
import { noise } from '../helpers/noise.ts'
import { type Lab, notesOf, openLab, roundTrip, tableOf, typesOf } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

/** A list of records with these ids, as JSON texts; undefined stands for a record without one. */
const ids = (...texts: (string | undefined)[]): string =>
  `{"a":[${texts.map((id, i) => `{${id === undefined ? '' : `"id":${id},`}"n":${i}}`).join(',')}]}`

test.each([
  ['integers', ['1', '2', '3'], 'bigint'],
  ['"1" to "9" stay text', ['"1"', '"2"', '"9"'], 'text'],
  ['"01" beside "1"', ['"01"', '"1"', '"001"', '" 1"'], 'text'],
  ['UUIDs', ['"0b9c5b2e-6d4f-4a1b-8c3d-2e1f0a9b8c7d"', '"1b9c5b2e-6d4f-4a1b-8c3d-2e1f0a9b8c7d"'], 'uuid'],
  ['UUIDs in upper case, which uuid would not print back', ['"0B9C5B2E-6D4F-4A1B-8C3D-2E1F0A9B8C7D"'], 'text'],
  ['fractions', ['1.5', '2.5'], 'double precision'],
  ['instants', ['"2024-01-01T00:00:00.000Z"', '"2024-01-02T00:00:00.000Z"'], 'timestamptz'],
  ['the empty text', ['""', '"x"'], 'text'],
  ['ids that a sort by locale would confuse', ['"a"', '"A"', '"á"', '"a\u0301"', '"ａ"'], 'text'],
])('%s are the key, verbatim', async (_name, texts, type) => {
  const { plan } = await roundTrip(lab, ids(...texts))
  expect(tableOf(plan, 'a').key).toEqual(['id'])
  expect(typesOf(plan, 'a')).toEqual({ id: type, n: 'bigint' })
})

test.each([
  ['1 and "1"', ['1', '"1"'], 'unfit-key /a'],
  ['a duplicate', ['7', '8', '7'], 'duplicate-key /a'],
  ['"001" four times', ['"001"', '"001"', '"001"', '"001"'], 'duplicate-key /a'],
  ['one missing', ['1', undefined, '3'], 'unfit-key /a'],
  ['one null', ['1', 'null', '3'], 'unfit-key /a'],
  ['an object', ['{"$oid":"x"}', '{"$oid":"y"}'], 'unfit-key /a'],
  ['a list', ['[1]', '[2]'], 'unfit-key /a'],
  ['booleans', ['true', 'false'], 'unfit-key /a'],
  ['U+0000', [String.raw`"a\u0000"`, '"b"'], 'unfit-key /a'],
  ['a lone surrogate', [String.raw`"\ud800"`, '"b"'], 'unfit-key /a'],
  ['-0 beside 0', ['-0', '0'], 'unfit-key /a'],
  ['past what numeric holds', ['1e200000', '1'], 'unfit-key /a'],
])('%s: the key is the place, every id is kept, and the plan says why', async (_name, texts, note) => {
  const { plan } = await roundTrip(lab, ids(...texts))
  expect(tableOf(plan, 'a').key).toEqual(['_position'])
  expect(notesOf(plan)).toEqual(expect.arrayContaining([note, 'no-key /a']))
})

test('duplicates are listed with their value and places', async () => {
  const { plan } = await roundTrip(lab, ids('"x"', '"y"', '"x"', '"z"', '"y"', '"x"'))
  const [note] = plan.notes
  expect(note?.message).toContain('"x" in records 0, 2, 5')
  expect(note?.message).toContain('"y" in records 1, 4')
})

test('an id of 4 KB is no key: no index takes it', async () => {
  const { plan } = await roundTrip(lab, ids(JSON.stringify(noise(4_096)), '"short"'))
  expect(tableOf(plan, 'a').key).toEqual(['_position'])
  expect(notesOf(plan)).toContain('unfit-key /a')
})

test('an id of just under the limit is a key, with a list below it', async () => {
  const id = noise(2_000)
  const { plan } = await roundTrip(
    lab,
    JSON.stringify({
      a: [
        { id, l: [{ x: 1, m: [{ y: 1 }] }] },
        { id: `${id.slice(1)}0`, l: [{ x: 2, m: [{ y: 2 }] }] },
      ],
    }),
  )
  expect(tableOf(plan, 'a_l_m').key).toEqual(['_parent_parent_id', '_parent_ordinal', '_ordinal'])
})

test('the next best name is taken when `id` cannot be the key', async () => {
  const { plan } = await roundTrip(lab, '{"a":[{"id":1,"slug":"x"},{"id":1,"slug":"y"}],"b":[{"_id":"x"},{"_id":"y"}]}')
  expect(tableOf(plan, 'a').key).toEqual(['slug'])
  expect(tableOf(plan, 'b').key).toEqual(['_id'])
})

test('the key of a keyed collection is the member name, verbatim', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"users":{"1":{"n":1},"01":{"n":2},"1.0":{"n":3},"10":{"n":4}},"m":{"2024-01-01":{"v":1},"2024-01-02":{"v":2}}}',
  )
  expect(plan.collections.map((collection) => collection.kind)).toEqual(['singleton', 'keyed'])
  expect(tableOf(plan, 'm').columns[0]).toMatchObject({ name: 'key', pointer: '#', type: 'text' })
})
