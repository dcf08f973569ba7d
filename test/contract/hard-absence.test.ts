import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lab, openLab, roundTrip, tableOf, typesOf } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

test('missing, null, "", [] and {} of one field are five different things', async () => {
  const { plan } = await roundTrip(
    lab,
    '{"a":[{"id":1},{"id":2,"f":null},{"id":3,"f":""},{"id":4,"f":[]},{"id":5,"f":{}},{"id":6,"f":0},{"id":7,"f":false}]}',
  )
  expect(typesOf(plan, 'a')).toEqual({ id: 'bigint', f: 'jsonb' })
})

test.each([
  ['absent', '{"id":1},{"id":2},{"id":3,"f":null},{"id":4,"f":"x"}', 1],
  ['null', '{"id":1},{"id":2,"f":null},{"id":3,"f":null},{"id":4,"f":"x"}', 1],
])('NULL means what most records mean by it (%s); the others say so', async (meaning, records, aside) => {
  const { plan, report } = await roundTrip(lab, `{"a":[${records}]}`)
  expect(tableOf(plan, 'a').columns[1]).toMatchObject({ name: 'f', type: 'text', null_means: meaning })
  expect(report.collections[0]).toMatchObject({ aside })
})

test.each(['f', 'g/~', ''])('a member named %j that is only ever null keeps its column and its nulls', async (name) => {
  const member = JSON.stringify(name)
  const { plan, report } = await roundTrip(lab, `{"a":[{"id":1,${member}:null},{"id":2,${member}:null},{"id":3}]}`)
  expect(tableOf(plan, 'a').columns[1]).toMatchObject({ type: 'jsonb', null_means: 'null' })
  expect(report.collections[0]).toMatchObject({ aside: 1 })
})

test('the text "null" and the JSON null of one jsonb column are told apart', async () => {
  await roundTrip(lab, '{"a":[{"f":"null"},{"f":null},{"f":[null]},{"f":{"x":null}},{}]}')
})

test('a group that is missing, null, empty, partly there, or another type', async () => {
  const full = '{"name":"n","mail":"m"}'
  const { plan } = await roundTrip(
    lab,
    `{"a":[{"by":${full}},{"by":${full}},{"by":${full}},{"by":{"name":null,"mail":null}},{},{"by":null}]}`,
  )
  expect(typesOf(plan, 'a')).toEqual({ by_name: 'text', by_mail: 'text' })
  await roundTrip(lab, `{"a":[{"by":${full}},{"by":{}},{"by":{"mail":"m"}},{"by":{"name":"n","other":1,"mail":2}}]}`)
  await roundTrip(lab, `{"a":[{"by":${full}},{"by":null},{"by":null}]}`)
  await roundTrip(lab, `{"a":[{"by":{"name":{"first":null,"last":null}}},{"by":{"name":{"first":"f","last":"l"}}}]}`)
})

test('a list of objects that is missing, null, empty, of scalars, or holds a null', async () => {
  const { plan, report } = await roundTrip(
    lab,
    '{"a":[{"id":1,"l":[{"x":1},{"x":2}]},{"id":2,"l":[]},{"id":3,"l":[]},{"id":4},{"id":5,"l":null}]}',
  )
  expect(tableOf(plan, 'a').children).toMatchObject([{ pointer: '/l', empty_means: 'empty', table: { name: 'a_l' } }])
  expect(report.collections[0]).toMatchObject({ records: 5, rows: 5, aside: 2 })
  const rare = await roundTrip(lab, '{"a":[{"id":1,"l":[{"x":1}]},{"id":2},{"id":3},{"id":4,"l":[]}]}')
  expect(tableOf(rare.plan, 'a').children).toMatchObject([{ empty_means: 'absent' }])
  await roundTrip(lab, '{"a":[{"id":1,"l":[{"x":1}]},{"id":2,"l":[{"x":1},null]},{"id":3,"l":[1]},{"id":4,"l":"x"}]}')
})

test('records that are {} are records', async () => {
  const { report } = await roundTrip(lab, '{"a":[{},{},{"x":1}],"b":[{}],"c":{}}')
  expect(report.collections).toMatchObject([
    { name: 'a', records: 3, rows: 3 },
    { name: 'b', records: 1, rows: 1 },
    { name: 'c', records: 1, rows: 1 },
  ])
})

test('fields that stand in one record of many', async () => {
  const records = Array.from({ length: 300 }, (_, i) => ({ id: i, ...(i % 7 === 0 && { [`only${i}`]: i }) }))
  const { report } = await roundTrip(lab, JSON.stringify({ a: records }))
  expect(report.collections[0]).toMatchObject({ records: 300, rows: 300, aside: 0 })
})
