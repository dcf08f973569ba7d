import { afterAll, beforeAll, expect, test } from 'vitest'
import { noise } from '../helpers/noise.ts'
import { type Lab, notesOf, openLab, roundTrip, tableOf, typesOf } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

/** A list of records, one number each, with a key beside it. */
const numbers = (...texts: string[]): string =>
  `{"readings":[${texts.map((text, i) => `{"id":${i + 1},"n":${text}}`).join(',')}]}`

test.each([
  ['9007199254740993, one past what a double holds', ['9007199254740993', '1'], 'bigint', 0],
  ['the ends of bigint', ['9223372036854775807', '-9223372036854775808'], 'bigint', 0],
  ['9223372036854775808, one past bigint', ['9223372036854775808', '1'], 'numeric', 0],
  [
    '18446744073709551616 is past bigint, and prints otherwise as a double',
    ['18446744073709551616', '1'],
    'numeric',
    0,
  ],
  ['a double past bigint', ['1e19', '1'], 'double precision', 0],
  ['thirty digits', ['123456789012345678901234567890', '-1'], 'numeric', 0],
  ['1e400, past every double', ['1e400', '2'], 'numeric', 0],
  ['1e-400, below every double', ['1e-400', '2.5'], 'numeric', 0],
  ['5e-324 and the largest double', ['5e-324', '1.7976931348623157e308'], 'double precision', 0],
  ['doubles that print with exponents', ['1e21', '1e-7', '1.5e300', '123456.789e-20'], 'double precision', 0],
  ['1.0, 1E2 and 100e-1 are integers', ['1.0', '1E2', '100e-1', '7'], 'bigint', 0],
  ['1.10 beside integers', ['1.10', '3', '4'], 'double precision', 0],
  ['-0 beside integers', ['-0', '3', '4'], 'double precision', 0],
  ['-0.0 and 0.0', ['-0.0', '0.0', '-0e5'], 'double precision', 0],
  ['-0 where only numeric will do', ['-0', '9007199254740993.5', '4'], 'numeric', 1],
  ['0.1 with more digits than a double has', ['0.1000000000000000055511151231257827', '0.1'], 'numeric', 0],
  ['the largest that numeric holds', ['1e131071', '1e-16383', '0.5'], 'numeric', 0],
  ['past numeric: 1e131072', ['1e131072', '1e-16384', '9007199254740993.5'], 'numeric', 2],
  ['zeros that numeric would not read: 0e9999999999', ['0e9999999999', '9007199254740993.5'], 'numeric', 0],
  ['10e-16384, which numeric holds only in another spelling', ['10e-16384', '9007199254740993.5'], 'numeric', 0],
  ['a fraction of 20,000 zeros', [`1.${'0'.repeat(20_000)}`, '9007199254740993.5'], 'numeric', 0],
  ['forty thousand digits', ['7'.repeat(40_000), '0.5'], 'numeric', 0],
])('%s', async (_name, texts, type, aside) => {
  const { plan, report } = await roundTrip(lab, numbers(...texts))
  expect(typesOf(plan, 'readings')).toEqual({ id: 'bigint', n: type })
  expect(report.collections[0]).toMatchObject({ records: texts.length, rows: texts.length, aside })
})

test('every number survives inside jsonb, and the text of one that jsonb refuses is kept aside', async () => {
  const texts = ['1e400', '-0', '1.10', '9007199254740993', '1e131072', '0e9999999999', '10e-16384', '1e-400', '5e-324']
  const { plan, report } = await roundTrip(
    lab,
    `{"a":[${texts.map((text) => `{"v":[${text},"x"]}`).join(',')},{"v":{"deep":[[0.30000000000000000001]]}}]}`,
  )
  expect(typesOf(plan, 'a')).toEqual({ v: 'jsonb' })
  expect(report.collections[0]).toMatchObject({ records: 10, aside: 4 })
})

test('lists of integers become bigint[]; a fraction, a giant or -0 among them does not', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"a":[{"id":1,"ints":[1,9223372036854775807],"mixed":[1,1.5],"big":[9223372036854775808],"zero":[-0]},' +
      '{"id":2,"ints":[],"mixed":[2],"big":[],"zero":[0]}]}',
  )
  expect(typesOf(plan, 'a')).toEqual({ id: 'bigint', ints: 'bigint[]', mixed: 'jsonb', big: 'jsonb', zero: 'jsonb' })
})

test('a column of giants alone is planned as numeric, kept aside whole, and said', async () => {
  const { plan, report } = await roundTrip(lab, numbers('1e200000', '-1e200001'))
  expect(typesOf(plan, 'readings').n).toBe('numeric')
  expect(report.collections[0]).toMatchObject({ aside: 2 })
  expect(notesOf(plan)).toContain('giant-number /readings/n')
})

test('ids that are one number in two spellings are a duplicate, not two keys', async () => {
  for (const [one, two] of [
    ['1', '1.0'],
    ['100', '1e2'],
    ['0.5', '0.50'],
    ['1e400', '10e399'],
  ] as const) {
    const { plan } = await roundTrip(lab, `{"a":[{"id":${one}},{"id":7},{"id":${two}}]}`)
    expect(tableOf(plan, 'a').key).toEqual(['_position'])
    expect(notesOf(plan)).toContain('duplicate-key /a')
  }
})

test('ids past double and bigint are keys still, kept to the digit', async () => {
  const { plan } = await roundTrip(lab, '{"a":[{"id":9007199254740993},{"id":9007199254740992},{"id":1e30}]}')
  expect(tableOf(plan, 'a').key).toEqual(['id'])
  expect(typesOf(plan, 'a').id).toBe('numeric')
})

test('an id of six thousand digits is no key: no index takes it', async () => {
  const digits = noise(6_000, '0123456789')
  const { plan } = await roundTrip(lab, `{"a":[{"id":1${digits}},{"id":1.5}]}`)
  expect(tableOf(plan, 'a').key).toEqual(['_position'])
  expect(notesOf(plan)).toContain('unfit-key /a')
})
