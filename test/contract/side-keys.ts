import { expect, test } from 'vitest'
import { keyOf, WHOLE } from '../../src/rollout/key.ts'
import type { JsonRecord } from '../../src/rollout/side.ts'
import { puts, type Start } from './side-start.ts'

/** What identifies a record, in collections of each kind. */
export function keyContract(start: Start): void {
  test('7 and "7" are two keys, and so are the parts of a key that looks like JSON', async () => {
    const { side, act } = await start()
    await side.apply([...puts([{ id: 7 }], 'systems'), ...puts([{ id: '7' }, { id: '"7"' }])], act)
    expect(await side.get('systems', '7')).toEqual({ id: 7 })
    expect(await side.get('systems', '"7"')).toBeUndefined()
    expect(await side.get('ideas', '7')).toBeUndefined()
    expect(await side.get('ideas', '"7"')).toEqual({ id: '7' })
    expect(await side.get('ideas', keyOf('"7"'))).toEqual({ id: '"7"' })
    expect(await side.get('systems', '7.5')).toBeUndefined()
    expect(await side.get('systems', '1e300')).toBeUndefined()
  })

  test('keys come in batches, each once', async () => {
    const { side, act } = await start()
    const records = Array.from({ length: 2500 }, (_, id) => ({ id }))
    await side.apply(puts(records, 'systems'), act)
    const seen: string[] = []
    for await (const batch of side.keys('systems')) {
      expect(batch.length).toBeGreaterThan(0)
      seen.push(...batch)
    }
    expect(seen.sort()).toEqual(records.map(({ id }) => keyOf(id)).sort())
    for await (const batch of side.keys('ideas')) expect(batch).toEqual([])
  })

  test('a record is stored under the key it bears, in a collection of the plan', async () => {
    const { side, act } = await start()
    const wrong: [string, string, JsonRecord][] = [
      ['ideas', '"a"', { id: 'b' }],
      ['ideas', '"a"', {}],
      ['systems', '"7"', { id: 7 }],
      ['nowhere', '"a"', { id: 'a' }],
      ['links', '1', { value: [] }],
    ]
    for (const [collection, key, record] of wrong)
      await expect(side.apply([{ collection, key, record }], act)).rejects.toMatchObject({ code: 'usage' })
    await expect(side.get('nowhere', '1')).rejects.toMatchObject({ code: 'usage' })
    await expect(side.find('nowhere', {})).rejects.toMatchObject({ code: 'usage' })
  })

  test('records of a keyed collection stand under their names', async () => {
    const { side, act } = await start()
    const names = ['ana', '', '__proto__', '10', '9', 'constructor', 'a/b']
    await side.apply(
      names.map((name) => ({ collection: 'settings', key: keyOf(name), record: { theme: name } })),
      act,
    )
    for (const name of names) expect(await side.get('settings', keyOf(name))).toEqual({ theme: name })
    expect(await side.get('settings', '"toString"')).toBeUndefined()
    const found = await side.find('settings', { where: { theme: { not: 'ana' } } })
    expect(found.map((one) => one.theme)).toEqual(['', '10', '9', '__proto__', 'a/b', 'constructor'])
  })

  test('a collection without keys is read, written and pushed whole', async () => {
    const { side, act } = await start()
    const whole: [string, JsonRecord][] = [
      ['links', { value: [{ url: 'b' }, { url: 'a', n: 1 }, { url: 'a', n: 1 }] }],
      ['profile', { owner: 'Eva', more: { a: [1] } }],
      ['nextId', { value: 41 }],
      ['nextId', { value: ['a', null, 1.5] }],
      ['links', { value: [] }],
    ]
    for (const [collection, record] of whole) {
      await side.apply([{ collection, key: WHOLE, record }], act)
      expect(await side.get(collection, WHOLE)).toEqual(record)
      const keys: string[] = []
      for await (const batch of side.keys(collection)) keys.push(...batch)
      expect(keys).toEqual([WHOLE])
    }
    await side.apply([{ collection: 'links', key: WHOLE, record: whole[0]?.[1] }], act)
    expect(await side.find('links', {})).toEqual([{ url: 'b' }, { url: 'a', n: 1 }, { url: 'a', n: 1 }])
    expect(await side.find('links', { order: [{ by: 'url' }], offset: 2 })).toEqual([{ url: 'b' }])
    expect(await side.count('links', { where: { url: 'a' } })).toBe(2)
    expect(await side.find('profile', {})).toEqual([{ owner: 'Eva', more: { a: [1] } }])
  })
}
