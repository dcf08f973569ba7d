import { expect, test } from 'vitest'
import { memoryFile, planFor } from '../../test/property/pure-trip.ts'
import { sourcesOf } from '../infer/sources.ts'
import { profileStore } from '../infer/store-profile.ts'
import { checkPlan } from './check-plan.ts'

/** Positions and columns of the records in `text` that the plan of `like` cannot take. */
async function unfitUnder(like: string, text: string): Promise<string[]> {
  const plan = await planFor(like)
  const bytes = Buffer.from(text)
  const file = memoryFile(bytes)
  const unfit = await checkPlan(plan, sourcesOf(file, await profileStore(file, bytes.length), plan))
  return [...unfit].flatMap(([name, records]) => records.map(({ position, column }) => `${name} ${position} ${column}`))
}

test('every record is looked at, and each that does not fit is told once', async () => {
  const text = '{"a":[{"id":1},{},{"id":"1"},{"id":null},{"id":2},{"id":1}],"b":[{"id":"x"},{"id":"x"}]}'
  expect(await unfitUnder('{"a":[{"id":1}],"b":[{"id":"y"}]}', text)).toEqual([
    'a 1 id',
    'a 2 id',
    'a 3 id',
    'a 5 id',
    'b 1 id',
  ])
})

test('one number in two spellings is one key; two texts that a trim would join are two', async () => {
  expect(await unfitUnder('{"a":[{"id":0.5}]}', '{"a":[{"id":0.5},{"id":5e-1},{"id":-0.5}]}')).toEqual(['a 1 id'])
  expect(
    await unfitUnder('{"a":[{"id":"x"}]}', '{"a":[{"id":"x"},{"id":"x "},{"id":"x"},{"id":"x "},{"id":"x\\n"}]}'),
  ).toEqual(['a 2 id', 'a 3 id'])
})

test('the plan of a document takes the document', async () => {
  const text =
    '{"a":[{"id":1,"l":[{"x":1},{"x":"y"}]},{"id":2,"l":[]}],"m":{"k1":{"v":1},"k2":{"v":[]}},"s":{"v":1},"n":3}'
  expect(await unfitUnder(text, text)).toEqual([])
})
