import { expect, test } from 'vitest'
import { expectSound, tableOf, typesOf } from '../../test/helpers/verbs.ts'
import { planFor } from '../../test/property/pure-trip.ts'

/** Type of the column for these values of one member. */
async function typeFor(...values: string[]): Promise<string | undefined> {
  const plan = await planFor(`{"a":[${values.map((value) => `{"v":${value}}`).join(',')}]}`)
  expectSound(plan)
  return typesOf(plan, 'a').v
}

test.each([
  ['boolean', ['true', 'false', 'null']],
  ['bigint', ['1', '-9223372036854775808', '1e3', '2.0']],
  ['double precision', ['1', '0.5', '-0']],
  ['numeric', ['0.30000000000000000001', '1']],
  ['uuid', ['"0b9c5b2e-6d4f-4a1b-8c3d-2e1f0a9b8c7d"', 'null']],
  ['timestamptz', ['"2024-01-01T00:00:00.5Z"', '"2024-01-01T00:00:00.0Z"']],
  ['date', ['"2024-02-29"']],
  ['text', ['"2024-02-29"', '"2024-02-30"']],
  ['text', ['""']],
  ['text[]', ['["a"]', '[]']],
  ['bigint[]', ['[1,2]', '[]']],
  ['jsonb', ['[1,"a"]']],
  ['jsonb', ['[[1]]']],
  ['jsonb', ['[null]']],
  ['jsonb', ['[]']],
  ['jsonb', ['null']],
  ['jsonb', ['1', '"a"']],
  ['jsonb', ['{}']],
])('%s for %j', async (type, values) => {
  expect(await typeFor(...values)).toBe(type)
})

test('one odd value, wherever it stands, widens the column', async () => {
  for (const at of [0, 1, 49, 99]) {
    const values = Array.from({ length: 100 }, (_, i) => (i === at ? '"odd"' : '1'))
    expect(await typeFor(...values)).toBe('jsonb')
  }
})

test('an object of a stable small shape is columns, one of a changing shape is jsonb', async () => {
  const stable = await planFor('{"a":[{"by":{"name":"n","at":{"x":1}}},{"by":{"name":"m","at":{"x":2}}}]}')
  expect(typesOf(stable, 'a')).toEqual({ by_name: 'text', by_at_x: 'bigint' })
  const changing = await planFor('{"a":[{"by":{"name":"n"}},{"by":{"mail":"m"}}]}')
  expect(typesOf(changing, 'a')).toEqual({ by: 'jsonb' })
})

test('lists of objects in lists of objects are tables of tables, keyed by their parents', async () => {
  const plan = await planFor('{"a":[{"id":"x","l":[{"n":1,"m":[{"o":2}]}]}]}')
  expectSound(plan)
  expect(tableOf(plan, 'a_l').key).toEqual(['_parent_id', '_ordinal'])
  expect(tableOf(plan, 'a_l_m').key).toEqual(['_parent_parent_id', '_parent_ordinal', '_ordinal'])
})

test('the same bytes give the same plan', async () => {
  const text =
    '{"users":[{"id":1,"tags":["a"]}],"posts":[{"id":1,"userId":1},{"id":1}],"m":{"k1":{"v":1},"k2":{"v":null}}}'
  expect(await planFor(text)).toEqual(await planFor(text))
})
