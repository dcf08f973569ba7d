import { expect, test } from 'vitest'
import { keyOf } from '../../src/rollout/key.ts'
import type { Json, JsonRecord } from '../../src/rollout/side.ts'
import { puts, type Start } from './side-start.ts'

/** Records that ask much of whoever stores them. */
const HARD: JsonRecord[] = [
  { id: '' },
  { id: 'null members', title: null, status: null, votes: null, author: null, tags: null, comments: null },
  { id: 'empty ones', tags: [], author: {}, meta: {}, comments: [], title: '' },
  {
    id: 'other types',
    title: 7,
    votes: '7',
    open: 'yes',
    tags: 'x',
    author: 'Eva',
    meta: 1,
    comments: { a: 1 },
    day: 1,
  },
  { id: 'ragged', tags: ['a', 1, null], comments: [{ text: 'x' }, 7, { likes: '1', more: [1] }] },
  { id: 'numbers', votes: Number.MAX_SAFE_INTEGER, score: 5e-324, a: 1e21, b: -1.5e-7, c: 0.1, d: [1e308] },
  { id: 'fractions', votes: 1.5, score: -9007199254740991 },
  { id: 'texts', title: 'a\u0000b', status: '\ud800', extra: { '\udc00': '\u0000', '': '\u2028' }, tags: ['\u0000'] },
  { id: '😀 "\\\n\t', title: '\\. \\N NULL {}', tags: ['', 'NULL', '{}', 'a,b', '"'] },
  { id: 'dates', createdAt: '2023-02-30T00:00:00.000Z', day: '2023-02-30' },
  { id: 'times', createdAt: '2024-02-29T12:34:56.789Z', day: '2024-02-29' },
  { id: 'instant', createdAt: 'now', day: 'infinity' },
  { id: 'unknown', _aside: 1, _position: 2, ctid: 'x', constructor: {}, toString: 1, 'a.b': 1, 'a/b': 2, '~': 3 },
  JSON.parse('{"id":"proto","__proto__":{"a":1},"meta":{"__proto__":[]}}') as JsonRecord,
]

/** What is written is what is read. */
export function valueContract(start: Start): void {
  test('gives back each record as it was given, member by member', async () => {
    const { side, act } = await start()
    await side.transaction(act, async (tx) => {
      for (const record of HARD) await tx.put('ideas', keyOf(record.id), record)
    })
    for (const record of HARD) expect(await side.get('ideas', keyOf(record.id))).toEqual(record)
    const proto = await side.get('ideas', '"proto"')
    expect(JSON.stringify(proto)).toContain('"__proto__":{"a":1}')
    expect(await side.find('ideas', {})).toHaveLength(HARD.length)
    expect(await side.count('ideas', {})).toBe(HARD.length)
  })

  test('replaces a record as a whole: what the new one lacks is gone', async () => {
    const { side, act } = await start()
    for (const record of HARD) {
      await side.apply(puts([{ ...record, id: 'one' }]), act)
      expect(await side.get('ideas', '"one"')).toEqual({ ...record, id: 'one' })
    }
    expect(await side.count('ideas', {})).toBe(1)
  })

  test('shares no object with its callers', async () => {
    const { side, act } = await start()
    const given = { id: 'a', meta: { list: [1] } }
    await side.apply(puts([given]), act)
    given.meta.list.push(2)
    for (const read of [() => side.get('ideas', '"a"'), async () => (await side.find('ideas', {}))[0]]) {
      const answer = await read()
      expect(answer).toEqual({ id: 'a', meta: { list: [1] } })
      Object.assign(answer as object, { meta: null })
    }
    expect(await side.get('ideas', '"a"')).toEqual({ id: 'a', meta: { list: [1] } })
  })

  test('refuses what JSON cannot hold, and leaves out members that are undefined', async () => {
    const { side, act } = await start()
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, new Date(0), [undefined], 1n, () => 1]) {
      const write = side.apply(puts([{ id: 'a', meta: { x: bad as Json } }]), act)
      await expect(write).rejects.toMatchObject({ code: 'usage' })
    }
    await side.apply(puts([{ id: 'b', title: undefined as unknown as Json }]), act)
    expect(Object.keys((await side.get('ideas', '"b"')) ?? {})).toEqual(['id'])
    expect(await side.count('ideas', {})).toBe(1)
  })
}
