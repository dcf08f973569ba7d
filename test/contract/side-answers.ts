import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Side, WriteAct } from '../../src/rollout/side.ts'
import { puts, type Start } from './side-start.ts'

/** Adds a vote to idea `a`, and answers how many it has. */
function vote(side: Side, act: WriteAct): Promise<{ votes: number }> {
  return side.transaction(act, async (tx) => {
    const votes = (((await tx.get('ideas', '"a"'))?.votes as number | undefined) ?? 0) + 1
    await tx.put('ideas', '"a"', { id: 'a', votes })
    return { votes }
  })
}

/** An act under an idempotency key takes effect once, however often it is sent. */
export function answerContract(start: Start): void {
  const keyed = async (): Promise<{ side: Side; act: WriteAct; key: string }> => {
    const { side, act } = await start()
    const key = randomUUID()
    return { side, act: { ...act, idempotencyKey: key, requestHash: 'one' }, key }
  }

  test('a retry under the same key gets the first answer and changes nothing', async () => {
    const { side, act } = await keyed()
    expect(await vote(side, act)).toEqual({ votes: 1 })
    expect(await vote(side, { ...act, idempotencyKey: `${act.idempotencyKey}2` })).toEqual({ votes: 2 })
    expect(await vote(side, act)).toEqual({ votes: 1 })
    expect(await side.get('ideas', '"a"')).toEqual({ id: 'a', votes: 2 })
  })

  test('of many at once under one key, one takes effect and all get its answer', async () => {
    const { side, act } = await keyed()
    await side.apply(puts([{ id: 'a', votes: 7 }]), { ...act, idempotencyKey: `${act.idempotencyKey}0` })
    const answers = await Promise.all(Array.from({ length: 8 }, () => vote(side, act)))
    expect(answers).toEqual(Array.from({ length: 8 }, () => ({ votes: 8 })))
    expect(await side.get('ideas', '"a"')).toEqual({ id: 'a', votes: 8 })
  })

  test('the same key with another request is a conflict, and changes nothing', async () => {
    const { side, act, key } = await keyed()
    await vote(side, act)
    const other = {
      code: 'conflict',
      place: key,
      message: `The idempotency key "${key}" was used for another request.`,
    }
    await expect(vote(side, { ...act, requestHash: 'two' })).rejects.toMatchObject(other)
    expect(await side.get('ideas', '"a"')).toEqual({ id: 'a', votes: 1 })
  })

  test('the answer to a retry is what JSON makes of the first; nothing stays nothing', async () => {
    const { side, act } = await keyed()
    const answers: [unknown, unknown][] = [
      [undefined, undefined],
      [null, null],
      [
        { a: undefined, at: new Date(0), text: '\ud800"\u2028' },
        { at: '1970-01-01T00:00:00.000Z', text: '\ud800"\u2028' },
      ],
    ]
    for (const [at, [first, again]] of answers.entries()) {
      const own = { ...act, idempotencyKey: `${act.idempotencyKey}${at}` }
      const write = (value: unknown): Promise<unknown> =>
        side.transaction(own, async (tx) => {
          await tx.put('ideas', '"a"', { id: 'a' })
          return value
        })
      expect(await write(first)).toEqual(first)
      expect(await write('other')).toEqual(again)
    }
  })

  test('an act that changed nothing has its answer too; one that threw leaves its key free', async () => {
    const { side, act } = await keyed()
    const remove = (own: WriteAct): Promise<boolean> => side.transaction(own, (tx) => tx.remove('ideas', '"a"'))
    expect(await remove(act)).toBe(false)
    const other = { ...act, idempotencyKey: `${act.idempotencyKey}2` }
    const failing = side.transaction(other, async (tx) => {
      await tx.put('ideas', '"a"', { id: 'a' })
      throw new RangeError('planned')
    })
    await expect(failing).rejects.toThrow(RangeError)
    expect(await vote(side, other)).toEqual({ votes: 1 })
    expect(await remove(act)).toBe(false)
    expect(await side.get('ideas', '"a"')).toEqual({ id: 'a', votes: 1 })
  })

  test.each(['a\0b', 'half \ud83d'])('a key that not every side can keep is refused: %j', async (idempotencyKey) => {
    const { side, act } = await keyed()
    await expect(vote(side, { ...act, idempotencyKey })).rejects.toMatchObject({ code: 'usage' })
    expect(await side.count('ideas', {})).toBe(0)
  })
}
