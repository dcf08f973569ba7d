import { afterAll, beforeAll, expect, test } from 'vitest'
import { noise } from '../helpers/noise.ts'
import { type Lab, moved, notesOf, openLab, roundTrip, typesOf } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

/** A list of records whose member `s` is each of the JSON literals in turn. */
const texts = (...literals: string[]): string =>
  `{"notes":[${literals.map((literal, i) => `{"id":${i + 1},"s":${literal}}`).join(',')}]}`

test('U+0000 in a value, a nested value, a list, a member name and a collection name', async () => {
  const nul = String.raw`"a\u0000b"`
  const { plan, report } = await roundTrip(
    lab,
    `{"notes":[{"id":1,"s":${nul},"o":{"in":${nul}},"l":["x",${nul}],${nul}:1},{"id":2,"s":"a","o":{"in":"b"},"l":["x"]}],` +
      `${nul}:[{"id":1}],"single":{"v":${nul}},"value":${nul},"map":{"1":{"x":1},${nul}:{"x":2}}}`,
  )
  expect(typesOf(plan, 'notes')).toMatchObject({ id: 'bigint', s: 'text', o_in: 'text', l: 'text[]' })
  expect(report.collections[0]).toMatchObject({ name: 'notes', records: 2, aside: 1 })
  expect(notesOf(plan)).toEqual(expect.arrayContaining(['unfit-text /notes/s', 'unfit-text /notes/o/in']))
})

test('a lone surrogate in a value, a nested value, a list and names; a pair spelt as escapes is none', async () => {
  const lone = String.raw`"\ud83d"`
  const { plan, report } = await roundTrip(
    lab,
    String.raw`{"notes":[{"id":1,"s":"\udE00","o":{"in":${lone}},"l":[${lone}],${lone}:1,"\ud83d\ude00":2},` +
      String.raw`{"id":2,"s":"\ud83d\ude00","o":{"in":"\uD83D\uDE00x"},"l":["\ude00\ud83d"],${lone}:{"\udfff":1}}],` +
      `${lone}:[1,2],"s${'\u{1f600}'}":[{"id":${lone}}]}`,
  )
  expect(typesOf(plan, 'notes')).toMatchObject({ s: 'text', o_in: 'text', l: 'text[]' })
  expect(report.collections[0]).toMatchObject({ records: 2, aside: 2 })
})

test('emoji, NFC and NFD: never normalised, and names that only normalisation joins are two columns', async () => {
  const { plan } = await roundTrip(
    lab,
    JSON.stringify({
      caf\u00e9s: [{ id: 'e\u0301', '\u00e9': 1, 'e\u0301': 2, '👩‍👩‍👧': '🏳️‍🌈', ﬁ: 'ﬁ', ß: 'ẞ', İ: 'i̇' }],
    }),
  )
  const [collection] = plan.collections
  const columns = collection?.kind === 'list' ? collection.table.columns : []
  expect(columns).toHaveLength(7)
  expect(new Set(columns.map((column) => column.name)).size).toBe(7)
})

test('what COPY text gives a meaning to: \\., tabs, line ends, backslashes, quotes, \\N', async () => {
  const awkward = [
    '\\.',
    '\\N',
    '\\',
    '\\\\',
    '\t',
    '\r\n',
    '\n\\.\n',
    '"',
    "'",
    '{',
    '{"a"}',
    '\b\f\v\u001f\u007f',
    '/',
  ]
  const { plan, report } = await roundTrip(
    lab,
    JSON.stringify({
      notes: awkward.map((s, i) => ({ id: i, s, list: [s, `${s},${s}`], any: i % 2 ? s : { [`k${s}`]: [s] } })),
      map: Object.fromEntries(awkward.map((s, i) => [`${i}`, { s }])),
      scalars: awkward,
      one: awkward[0],
    }).replaceAll('/', '\\/'),
  )
  expect(typesOf(plan, 'notes')).toEqual({ id: 'bigint', s: 'text', list: 'text[]', any: 'jsonb' })
  expect(report.collections.every((collection) => collection.aside === 0)).toBe(true)
})

test('texts that look like something else stay text: "null", "", " 7 ", "007", "1e5", "true", "NaN", "{}"', async () => {
  const values = [
    'null',
    '',
    ' 7 ',
    '007',
    '1e5',
    'true',
    'NaN',
    '{}',
    'NULL',
    'now',
    'infinity',
    '-infinity',
    '\u00a0',
  ]
  const { plan, report } = await roundTrip(lab, JSON.stringify({ notes: values.map((s) => ({ s, list: [s] })) }))
  expect(typesOf(plan, 'notes')).toEqual({ s: 'text', list: 'text[]' })
  expect(report.collections[0]).toMatchObject({ aside: 0 })
})

test('numeric texts are text, and said', async () => {
  const { plan } = await roundTrip(lab, texts('"007"', '"1"', '"12.50"'))
  expect(typesOf(plan, 'notes').s).toBe('text')
  expect(notesOf(plan)).toContain('numeric-text /notes/s')
})

test('the same text spelt plainly and with escapes is one value: as key, date, UUID and reference', async () => {
  const { plan } = await roundTrip(
    lab,
    String.raw`{"users":[{"id":"\u0061"},{"id":"b"}],"days":[{"id":"2024-01-0\u0031"},{"id":"2024-01-02"}],` +
      String.raw`"at":[{"id":"2024-01-01T00:00:00\u005a"},{"id":"2024-01-02T00:00:00Z"}],` +
      String.raw`"uuids":[{"_id":"0b9c5b2e-6d4f-4a1b-8c3d-2e1f0a9b8c7\u0064"}],"posts":[{"id":1,"userId":"\u0062"}]}`,
  )
  expect(typesOf(plan, 'users')).toEqual({ id: 'text' })
  expect(plan.references[0]).toMatchObject({ table: 'posts', to_table: 'users', evidence: { orphans: [], ratio: 1 } })
})

test('a value of 1 MB, plain, escaped and in a list', async () => {
  const megabyte = noise(1_000_000)
  const escaped = '\\"\u{1f600}\t'.repeat(200_000)
  const { plan } = await roundTrip(
    lab,
    JSON.stringify({
      notes: [
        { id: 1, s: megabyte, l: [escaped], o: { deep: [[megabyte]] } },
        { id: 2, s: escaped },
      ],
    }),
  )
  expect(typesOf(plan, 'notes')).toEqual({ id: 'bigint', s: 'text', l: 'text[]', o_deep: 'jsonb' })
})

test('slow: a value of 100 MB', { timeout: 300_000 }, async () => {
  const unit = noise(1_000_000 - 12)
  const literal = `${unit}\\n\\u00e9\\\\ü`.repeat(100)
  const source = Buffer.from(`{"notes":[{"id":1,"s":"short"},{"id":2,"s":"${literal}"}]}`)
  expect(source.length).toBeGreaterThan(100_000_000)
  const trip = await moved(lab, source)
  expect(typesOf(trip.plan, 'notes')).toEqual({ id: 'bigint', s: 'text' })
  expect(trip.report.collections[0]).toMatchObject({ aside: 0 })
  const text = trip.exported.toString('utf8')
  const parsed = JSON.parse(text) as { notes: { s: string }[] }
  // Compared in one piece: as JavaScript strings, which are UTF-16 code units.
  expect(parsed.notes[1]?.s === `${unit}\n\u00e9\\ü`.repeat(100)).toBe(true)
  expect(parsed.notes[0]?.s).toBe('short')
  await trip.undo()
})
