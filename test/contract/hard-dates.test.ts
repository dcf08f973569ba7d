import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lab, openLab, roundTrip, tableOf, typesOf } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

const dates = (...values: string[]): string => JSON.stringify({ a: values.map((at) => ({ at })) })

test.each([
  ['days', ['2023-02-28', '2024-02-29', '0001-01-01', '9999-12-31'], 'date', undefined],
  ['2023-02-30 is no day', ['2023-02-28', '2023-02-30'], 'text', undefined],
  ['1900-02-29 is no day', ['1900-02-29'], 'text', undefined],
  ['0000-01-01 is no day of PostgreSQL', ['0000-01-01'], 'text', undefined],
  ['instants in milliseconds', ['2024-01-01T12:34:56.789Z', '1969-12-31T23:59:59.999Z'], 'timestamptz', 3],
  ['milliseconds that end in zeros', ['2024-01-01T12:34:56.100Z', '2024-01-01T00:00:00.000Z'], 'timestamptz', 3],
  ['instants in whole seconds', ['2024-01-01T12:34:56Z', '0001-01-01T00:00:00Z'], 'timestamptz', 0],
  ['instants in microseconds', ['2024-01-01T12:34:56.000001Z', '9999-12-31T23:59:59.999999Z'], 'timestamptz', 6],
  ['24:00:00', ['2024-01-01T24:00:00Z', '2024-01-01T12:00:00Z'], 'text', undefined],
  ['second 60', ['2016-12-31T23:59:60Z'], 'text', undefined],
  ['nine digits of fraction', ['2024-01-01T12:34:56.123456789Z'], 'text', undefined],
  ['an offset', ['2024-01-01T12:34:56+02:00'], 'text', undefined],
  ['no zone', ['2024-01-01T12:34:56'], 'text', undefined],
  ['a space for the T', ['2024-01-01 12:34:56Z'], 'text', undefined],
  ['year 275760', ['+275760-09-13T00:00:00.000Z', '2024-01-01T00:00:00.000Z'], 'text', undefined],
  ['now and infinity', ['now', 'infinity', '-infinity', 'today', 'epoch'], 'text', undefined],
  ['one odd text among days', ['2024-01-01', '2024-01-02', 'now'], 'text', undefined],
  ['two precisions', ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000Z'], 'text', undefined],
  ['days and instants', ['2024-01-01', '2024-01-01T00:00:00Z'], 'text', undefined],
  ['mixed formats', ['2024-01-01', '01/02/2024', '1.2.2024', 'Mon Jan 01 2024', '2024'], 'text', undefined],
  ['days around the change of calendar', ['1582-10-04', '1582-10-05', '1582-10-15'], 'date', undefined],
])('%s', async (_name, values, type, format) => {
  const { plan, report } = await roundTrip(lab, dates(...values))
  expect(typesOf(plan, 'a')).toEqual({ at: type })
  expect(tableOf(plan, 'a').columns[0]?.format).toBe(format)
  expect(report.collections[0]).toMatchObject({ aside: 0 })
})

test('bad and null dates among good ones: nothing replaced, nothing dropped', async () => {
  const values = ['"2024-01-01"', 'null', '"2023-02-30"', '""', '0', '"now"', '"Invalid Date"', '1700000000000']
  const { plan } = await roundTrip(lab, `{"a":[${values.map((at) => `{"at":${at}}`).join(',')},{}]}`)
  expect(typesOf(plan, 'a')).toEqual({ at: 'jsonb' })
})

test('epoch milliseconds stay integers; that they are instants is a proposal, off', async () => {
  const records = Array.from({ length: 30 }, (_, i) => ({ id: i, createdAt: 1_700_000_000_000 + i }))
  const { plan } = await roundTrip(lab, JSON.stringify({ a: records }))
  expect(typesOf(plan, 'a')).toEqual({ id: 'bigint', created_at: 'bigint' })
  expect(tableOf(plan, 'a').proposals.map(({ kind, enabled }) => [kind, enabled])).toContainEqual(['epoch-ms', false])
})

test('a server that speaks another DateStyle and time zone changes nothing', async () => {
  await lab.query(`alter database ${lab.database.name} set datestyle to 'German'`)
  await lab.query(`alter database ${lab.database.name} set timezone to 'Asia/Kathmandu'`)
  await lab.query(`alter database ${lab.database.name} set extra_float_digits to -5`)
  await lab.query(`alter database ${lab.database.name} set bytea_output to 'escape'`)
  const { plan } = await roundTrip(
    lab,
    '{"a":[{"d":"2024-01-02","t":"2024-01-02T03:04:05.600Z","f":0.1,"g":1.7976931348623157e308}]}',
  )
  expect(typesOf(plan, 'a')).toEqual({ d: 'date', t: 'timestamptz', f: 'double precision', g: 'double precision' })
})
