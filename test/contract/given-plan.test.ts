import { afterAll, beforeAll, expect, test } from 'vitest'
import { writePlan } from '../../src/schema/plan-file.ts'
import { type Lab, move, openLab, planOf } from '../helpers/verbs.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

/** Moves `text` under the plan that was inferred from `like`. */
async function underThePlanOf(like: string, text: string): Promise<unknown> {
  const name = lab.name()
  await move(lab, await lab.file(like), { name })
  const planFile = await lab.file(writePlan(await planOf(lab, name)), 'plan.json')
  return move(lab, await lab.file(text), { name, planFile })
}

test.each([
  ['a key missing', '{"a":[{"id":1}]}', '{"a":[{"id":1},{"n":2}]}', '/a/1 id: '],
  ['a key of another type', '{"a":[{"id":1}]}', '{"a":[{"id":1},{"id":"x"}]}', '/a/1 id: '],
  ['a key twice', '{"a":[{"id":1}]}', '{"a":[{"id":1},{"id":2},{"id":1}]}', '/a/2 id: '],
  ['a key in two spellings', '{"a":[{"id":0.5}]}', '{"a":[{"id":0.5},{"id":0.50}]}', '/a/1 id: '],
  ['a giant key in two spellings', '{"a":[{"id":1e400}]}', '{"a":[{"id":1e400},{"id":10e399}]}', '/a/1 id: '],
  [
    'a name that no column holds',
    '{"m":{"k1":{"v":1},"k2":{"v":2}}}',
    String.raw`{"m":{"k1":{"v":1},"k\u0000":{"v":2}}}`,
    '/m/1 key: ',
  ],
  [
    'half a surrogate pair as a name',
    '{"m":{"k1":{"v":1},"k2":{"v":2}}}',
    String.raw`{"m":{"k1":{"v":1},"k\ud800":{"v":2}}}`,
    '/m/1 key: ',
  ],
])('%s: refused before anything is created, with the record', async (_name, like, text, told) => {
  await expect(underThePlanOf(like, text)).rejects.toMatchObject({
    code: 'refused',
    exit: 3,
    message: expect.stringContaining(told),
  })
})

test('keys that differ only in white space at their end are two keys', async () => {
  expect(await underThePlanOf('{"a":[{"id":"x"}]}', '{"a":[{"id":"x"},{"id":"x "},{"id":"x\\t"}]}')).toMatchObject({
    status: 'committed',
    verification: { records: 3, mismatches: 0 },
  })
})

test('values that the plan never saw go aside, and come back', async () => {
  const like = '{"a":[{"id":1,"n":1,"s":"x","d":"2024-01-01","l":[{"x":1}],"g":{"p":1,"q":2}}]}'
  const text =
    '{"a":[{"id":1,"n":"one","s":5,"d":"now","l":"none","g":[1],"more":{}},{"id":2,"n":null,"l":[1],"g":{"p":"x"}}]}'
  expect(await underThePlanOf(like, text)).toMatchObject({ status: 'committed', verification: { mismatches: 0 } })
})

test('a collection of another shape is refused as a plan that does not fit', async () => {
  await expect(underThePlanOf('{"a":[{"id":1}]}', '{"a":{"b":{"x":1}}}')).rejects.toMatchObject({
    code: 'plan-invalid',
  })
  await expect(underThePlanOf('{"a":[{"id":1}]}', '{"a":[],"b":[]}')).rejects.toMatchObject({ code: 'plan-invalid' })
})

// planProblems takes a top-level document for a list of records, whatever it is; see isKnownDefect in test/helpers/verbs.ts.
test.each([
  ['map', '{"u1":{"a":1},"u2":{"a":2}}'],
  ['list of scalars', '[1,2,3]'],
])('the plan of a top-level %s is accepted again', async (_name, text) => {
  expect(await underThePlanOf(text, text)).toMatchObject({ status: 'unchanged' })
})
