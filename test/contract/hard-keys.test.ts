import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lab, notesOf, openLab, roundTrip, tableOf, typesOf } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

const RESERVED = ['select', 'user', 'table', 'order', 'group', 'ctid', 'xmin', 'oid', 'tableoid', '_position', '_aside']

test('member names that are words of SQL, system columns or ours', async () => {
  const names = [...RESERVED, '_ordinal', '_parent_id', '__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const record = (value: string): string => `{${names.map((name) => `"${name}":${value}`).join(',')}}`
  const { plan, report } = await roundTrip(lab, `{"a":[${record('1')},${record('2')}],"b":{"x":${record('"t"')}}}`)
  const columns = tableOf(plan, 'a').columns
  expect(columns.map((column) => column.pointer)).toEqual(names.map((name) => `/${name}`))
  for (const { name } of columns) expect(['ctid', 'xmin', 'oid', 'tableoid', '_position', '_aside']).not.toContain(name)
  expect(report.collections[0]).toMatchObject({ rows: 2, aside: 0 })
})

test('collections with such names, and store_values', async () => {
  const names = [...RESERVED, '__proto__', 'constructor', 'store_values', '', 'a.b', 'a b', 'ß', '💡', 'records']
  const { plan } = await roundTrip(
    lab,
    `{${names.map((name) => `${JSON.stringify(name)}:[{"id":1}]`).join(',')},"v":1}`,
  )
  expect(plan.collections.map((collection) => collection.name)).toEqual([...names, 'v'])
})

test('"", "a.b", "a/b", "a~b", "#" and white space as names', async () => {
  const names = ['', 'a.b', 'a/b', 'a~b', '#', '/', '~1', ' ', '\n', '"', '\\', '-', '0', '\u2028', '\u200b']
  const record = Object.fromEntries(names.map((name, i) => [name, i]))
  const group = Object.fromEntries(names.slice(0, 5).map((name) => [name, { x: 1, [name]: 'y' }]))
  const { plan } = await roundTrip(
    lab,
    JSON.stringify({ a: [record, record, group], keyed: { '1': record, '2': record } }),
  )
  expect(new Set(tableOf(plan, 'a').columns.map((column) => column.name)).size).toBe(tableOf(plan, 'a').columns.length)
})

test('names of 70 bytes, names equal in their first 63 bytes, and names cut inside a character', async () => {
  const long = 'x'.repeat(70)
  const names = [long, `${'x'.repeat(63)}a`, `${'x'.repeat(63)}b`, `${'x'.repeat(62)}é`, 'ж'.repeat(40), 'ж'.repeat(41)]
  const record = Object.fromEntries(names.map((name, i) => [name, i]))
  const { plan } = await roundTrip(
    lab,
    JSON.stringify({ a: [{ ...record, [`${long}s`]: [{ v: 1 }] }], [long]: [record], [`${long}2`]: [record] }),
  )
  const columns = tableOf(plan, 'a').columns.map((column) => column.name)
  expect(columns.every((name) => Buffer.byteLength(name) <= 63)).toBe(true)
  expect(new Set(columns).size).toBe(names.length)
})

test('User and user, userId, userid and user_id are columns of their own', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"a":[{"User":1,"user":2,"USER":3,"userId":4,"userid":5,"user_id":6,"user-id":7}],"A":[{"x":1}],"users":[],"Users":[{"x":1}]}',
  )
  expect(new Set(tableOf(plan, 'a').columns.map((column) => column.name)).size).toBe(7)
  expect(plan.collections).toHaveLength(4)
})

test('flattened names never meet a plain one: author.name, author_name, author{name}', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"a":[{"author":{"name":"n","x":1},"author_name":"m","author.name":"o","author/name":"p","authorName":"q"}]}',
  )
  expect(tableOf(plan, 'a').columns.map((column) => column.pointer)).toEqual([
    '/author/name',
    '/author/x',
    '/author_name',
    '/author.name',
    '/author~1name',
    '/authorName',
  ])
})

test('a name of 10,000 bytes, as a member and as the key of a map', async () => {
  const name = 'k'.repeat(10_000)
  const { plan } = await roundTrip(lab, JSON.stringify({ a: [{ [name]: 1 }], map: { 1: { x: 1 }, [name]: { x: 2 } } }))
  expect(plan.collections[1]?.kind).toBe('singleton')
})

test('names spelt in two ways are one member', async () => {
  const { plan } = await roundTrip(lab, String.raw`{"a":[{"n\u0061me":1},{"name":2}],"\u0062":[{"x":1}]}`)
  expect(typesOf(plan, 'a')).toEqual({ name: 'bigint' })
  expect(notesOf(plan)).not.toContain('no-key /name')
})
