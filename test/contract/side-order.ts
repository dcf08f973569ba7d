import { expect, test } from 'vitest'
import { WHOLE } from '../../src/rollout/key.ts'
import type { Side } from '../../src/rollout/side.ts'
import { puts, type Start } from './side-start.ts'

async function ids(side: Side, collection = 'ideas'): Promise<unknown[]> {
  const records = (await side.contents()).get(collection) ?? new Map()
  return [...records.values()].map((record) => record.id)
}

/** In which order records stand, and how it changes. */
export function orderContract(start: Start): void {
  test('all of a store is read at once, each list in its order, and what is empty as such', async () => {
    const { side, act } = await start()
    const changes = [
      ...puts([{ id: 'c' }, { id: 'a', meta: { x: [1] } }, { id: 'b', comments: [{ text: 't' }] }]),
      ...puts([{ id: 9 }, { id: 10 }], 'systems'),
      { collection: 'settings', key: '"z"', record: { theme: 'dark' } },
      { collection: 'links', key: WHOLE, record: { value: [{ url: 'b' }, { url: 'a' }] } },
      { collection: 'profile', key: WHOLE, record: { owner: 'Eva' } },
      { collection: 'nextId', key: WHOLE, record: { value: null } },
    ]
    await side.apply(changes, act)
    const contents = await side.contents()
    expect([...contents.keys()]).toEqual(['ideas', 'systems', 'settings', 'links', 'profile', 'nextId'])
    const records = [...contents].flatMap(([collection, all]) =>
      [...all].map(([key, record]) => ({ collection, key, record })),
    )
    expect(records).toEqual(changes)
    await side.apply(
      [...changes, ...changes].map((one) => ({ ...one, record: undefined })),
      act,
    )
    const left = await side.contents()
    for (const name of ['ideas', 'systems', 'settings']) expect(left.get(name)).toEqual(new Map())
    expect(left.get('links')).toEqual(new Map([[WHOLE, { value: [] }]]))
    expect(left.get('nextId')).toBeUndefined()
  })

  test('a list is arranged together with what else a transaction does, or not at all', async () => {
    const { side, act } = await start()
    await side.apply(puts([{ id: 'a' }, { id: 'b' }, { id: 'c' }]), act)
    await side.transaction(act, async (tx) => {
      await tx.put('ideas', '"d"', { id: 'd' })
      await tx.remove('ideas', '"b"')
      await tx.arrange('ideas', ['"d"', '"b"', '"never there"', '"c"'])
      await tx.put('ideas', '"e"', { id: 'e' })
    })
    expect(await ids(side)).toEqual(['d', 'c', 'a', 'e'])
    const undone = side.transaction(act, async (tx) => {
      await tx.arrange('ideas', ['"a"', '"c"'])
      throw new Error('no')
    })
    await expect(undone).rejects.toThrow('no')
    expect(await ids(side)).toEqual(['d', 'c', 'a', 'e'])
    await side.apply(puts([{ id: 'c', votes: 1 }, { id: 'f' }]), act)
    expect(await ids(side)).toEqual(['d', 'c', 'a', 'e', 'f'])
  })

  test('a record that is removed and put again goes last, arranged or not', async () => {
    const { side, act } = await start()
    await side.apply(puts([{ id: 'a' }, { id: 'b' }, { id: 'c' }]), act)
    await side.transaction(act, async (tx) => {
      await tx.arrange('ideas', ['"c"', '"b"', '"a"'])
      await tx.remove('ideas', '"c"')
      await tx.put('ideas', '"c"', { id: 'c' })
    })
    expect(await ids(side)).toEqual(['b', 'a', 'c'])
    await side.transaction(act, async (tx) => {
      await tx.remove('ideas', '"b"')
      await tx.put('ideas', '"b"', { id: 'b' })
      await tx.arrange('ideas', ['"c"'])
      await tx.arrange('ideas', ['"b"'])
    })
    expect(await ids(side)).toEqual(['b', 'c', 'a'])
  })

  test('arranging what has no order of its own does nothing, and what is no collection is refused', async () => {
    const { side, act } = await start()
    await side.apply([{ collection: 'links', key: WHOLE, record: { value: [{ url: 'b' }, { url: 'a' }] } }], act)
    await side.transaction(act, async (tx) => {
      await tx.arrange('links', [WHOLE])
      await tx.arrange('settings', ['"x"'])
      await tx.arrange('nextId', [])
    })
    expect(await side.get('links', WHOLE)).toEqual({ value: [{ url: 'b' }, { url: 'a' }] })
    await expect(side.transaction(act, (tx) => tx.arrange('nowhere', []))).rejects.toMatchObject({ code: 'usage' })
  })

  test('transactions that arrange at once leave one of their orders, and none of their records is lost', async () => {
    const { side, act } = await start()
    await side.apply(puts([{ id: 'a' }, { id: 'b' }, { id: 'c' }]), act)
    const orders = ['cab', 'bca', 'cba'].map((text) => [...text].map((id) => `"${id}"`))
    await Promise.all(
      orders.map((keys) =>
        side.transaction(act, async (tx) => {
          await tx.arrange('ideas', keys)
        }),
      ),
    )
    expect(['cab', 'bca', 'cba']).toContain((await ids(side)).join(''))
  })
}
