import { expect, test } from 'vitest'
import type { Change, WriteAct } from '../../src/rollout/side.ts'
import { puts, type Start } from './side-start.ts'

/** All or nothing, one after the other, and only under the epoch in force. */
export function transactionContract(start: Start): void {
  test('a transaction sees its own writes, and nobody else does until it ends', async () => {
    const { side, act } = await start()
    await side.apply(puts([{ id: 'a', votes: 1 }, { id: 'gone' }]), act)
    const answer = await side.transaction(act, async (tx) => {
      await tx.put('ideas', '"a"', { id: 'a', votes: 2 })
      await tx.put('ideas', '"b"', { id: 'b', votes: 3 })
      expect(await tx.remove('ideas', '"gone"')).toBe(true)
      expect(await tx.remove('ideas', '"gone"')).toBe(false)
      expect(await tx.get('ideas', '"a"')).toEqual({ id: 'a', votes: 2 })
      expect(await tx.get('ideas', '"gone"')).toBeUndefined()
      expect(await tx.find('ideas', { where: { votes: { gt: 1 } } })).toEqual([
        { id: 'a', votes: 2 },
        { id: 'b', votes: 3 },
      ])
      expect(await tx.count('ideas', {})).toBe(2)
      expect(await side.find('ideas', {})).toEqual([{ id: 'a', votes: 1 }, { id: 'gone' }])
      return 'answer'
    })
    expect(answer).toBe('answer')
    expect(await side.find('ideas', {})).toEqual([
      { id: 'a', votes: 2 },
      { id: 'b', votes: 3 },
    ])
  })

  test('a transaction that throws leaves nothing, and its error comes out as it is', async () => {
    const { side, act } = await start()
    await side.apply(puts([{ id: 'a', votes: 1 }]), act)
    const failure = new Error('of the application')
    const failed = side.transaction(act, async (tx) => {
      await tx.put('ideas', '"b"', { id: 'b' })
      await tx.remove('ideas', '"a"')
      throw failure
    })
    await expect(failed).rejects.toBe(failure)
    expect(await side.find('ideas', {})).toEqual([{ id: 'a', votes: 1 }])
    await side.apply(puts([{ id: 'c' }]), act)
    expect(await side.count('ideas', {})).toBe(2)
  })

  test('a transaction that undoes what it did ends, and so do two that undo each other', async () => {
    const { side, act } = await start()
    await side.transaction(act, async (tx) => {
      await tx.put('ideas', '"a"', { id: 'a' })
      await tx.remove('ideas', '"a"')
    })
    const under = side.apply(puts([{ id: 'b' }]), act)
    const put = side.apply(puts([{ id: 'c' }]), act)
    const removed = side.apply([{ collection: 'ideas', key: '"c"', record: undefined }], act)
    await Promise.all([under, put])
    await removed
    await side.apply([{ collection: 'ideas', key: '"c"', record: undefined }], act)
    expect(await side.find('ideas', {})).toEqual([{ id: 'b' }])
  })

  test('increments that run at once all count', async () => {
    const { side, act } = await start()
    await side.apply(puts([{ id: 'a', votes: 0 }]), act)
    const increment = (): Promise<void> =>
      side.transaction(act, async (tx) => {
        const votes = (await tx.get('ideas', '"a"'))?.votes as number
        await tx.put('ideas', '"a"', { id: 'a', votes: votes + 1 })
      })
    await Promise.all(Array.from({ length: 20 }, increment))
    expect(await side.get('ideas', '"a"')).toEqual({ id: 'a', votes: 20 })
  })

  test('of writers that would insert one key at once, one does', async () => {
    const { side, act } = await start()
    const insert = (votes: number): Promise<boolean> =>
      side.transaction(act, async (tx) => {
        if ((await tx.get('ideas', '"a"')) !== undefined) return false
        await tx.put('ideas', '"a"', { id: 'a', votes })
        return true
      })
    const inserted = await Promise.all([1, 2, 3, 4].map(insert))
    expect(inserted.filter(Boolean)).toHaveLength(1)
    expect(await side.get('ideas', '"a"')).toEqual({ id: 'a', votes: inserted.indexOf(true) + 1 })
  })

  test('pushed changes are applied together, and again without effect', async () => {
    const { side, act } = await start()
    const mirror: WriteAct = { ...act, as: 'mirror' }
    await side.apply(puts([{ id: 'a' }, { id: 'b' }]), act)
    const changes: Change[] = [
      ...puts([{ id: 'a', votes: 5 }, { id: 'c' }]),
      { collection: 'ideas', key: '"b"', record: undefined },
      { collection: 'ideas', key: '"never there"', record: undefined },
      ...puts([{ id: 7, name: 'x' }], 'systems'),
    ]
    for (let times = 0; times < 2; times++) {
      await side.apply(changes, mirror)
      expect(await side.find('ideas', {})).toEqual([{ id: 'a', votes: 5 }, { id: 'c' }])
      expect(await side.find('systems', {})).toEqual([{ id: 7, name: 'x' }])
    }
    const bad = [...puts([{ id: 'd' }]), { collection: 'ideas', key: '"e"', record: { id: 'other' } }]
    await expect(side.apply(bad, mirror)).rejects.toMatchObject({ code: 'usage' })
    expect(await side.count('ideas', {})).toBe(2)
  })

  test('an older epoch is refused, and changes nothing', async () => {
    const { side, act } = await start()
    await side.apply(puts([{ id: 'a' }]), act)
    const stale: WriteAct = { ...act, epoch: act.epoch - 1 }
    const refused = { code: 'stale-epoch' }
    await expect(side.apply(puts([{ id: 'b' }]), stale)).rejects.toMatchObject(refused)
    await expect(side.apply(puts([{ id: 'b' }]), { ...stale, as: 'mirror' })).rejects.toMatchObject(refused)
    const write = side.transaction(stale, async (tx) => tx.put('ideas', '"b"', { id: 'b' }))
    await expect(write).rejects.toMatchObject(refused)
    expect(await side.find('ideas', {})).toEqual([{ id: 'a' }])
  })
}
