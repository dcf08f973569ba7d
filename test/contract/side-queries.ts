import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyOf, keyOfRecord } from '../../src/rollout/key.ts'
import { runQuery } from '../../src/rollout/query/run.ts'
import type { JsonRecord, Query } from '../../src/rollout/side.ts'
import { queries, someIdeas } from './side-data.ts'
import { sidePlan } from './side-plan.ts'
import { puts, type Start } from './side-start.ts'

/** A query means on every side what `runQuery` makes of it. */
export function queryContract(start: Start): void {
  const [collection] = sidePlan.collections
  const expected = (records: JsonRecord[], query: Query): JsonRecord[] =>
    runQuery(
      records.map((record) => ({
        key: keyOfRecord(collection as NonNullable<typeof collection>, record) ?? '',
        record,
      })),
      query,
    )

  test('every query has the meaning that it has in memory', async () => {
    const { side, act } = await start()
    const records = someIdeas()
    await side.apply(puts(records), act)
    for (const query of queries()) {
      const answer = expected(records, query)
      expect(await side.find('ideas', query), JSON.stringify(query)).toEqual(answer)
      const { where, search } = query
      const all = expected(records, { ...(where && { where }), ...(search && { search }) })
      expect(await side.count('ideas', { ...(where && { where }), ...(search && { search }) })).toBe(all.length)
    }
  })

  test('texts that PostgreSQL cannot hold are found and ordered as well', async () => {
    const { side, act } = await start()
    const records = [
      { id: 'a', title: 'x\u0000Y' },
      { id: 'b', title: 'x' },
      { id: 'c', title: 'x\u0000a' },
      { id: 'd' },
    ]
    await side.apply(puts(records), act)
    const asked: Query[] = [
      { where: { title: 'x\u0000Y' } },
      { where: { title: { gt: 'x' } } },
      { search: { text: '\u0000y', in: ['title'] } },
      { search: { text: 'X', in: ['title'] } },
      { order: [{ by: 'title', descending: true }] },
    ]
    for (const query of asked)
      expect(await side.find('ideas', query), JSON.stringify(query)).toEqual(expected(records, query))
  })

  test('a query outside the model is refused, not guessed', async () => {
    const { side } = await start()
    await expect(side.find('ideas', { where: { id: { like: '%' } as never } })).rejects.toMatchObject({ code: 'usage' })
  })

  test('random writes leave what the same writes leave in memory', async () => {
    const { side, act } = await start()
    const model = new Map<string, JsonRecord>()
    const write = fc.record({ id: fc.constantFrom('a', 'b', 'c'), votes: fc.option(fc.nat(9)), fail: fc.boolean() })
    for (const batch of fc.sample(fc.array(write, { minLength: 1, maxLength: 4 }), 25)) {
      const failing = batch.some(({ fail }) => fail)
      const done = side.transaction(act, async (tx) => {
        for (const { id, votes } of batch) {
          if (votes === null) await tx.remove('ideas', keyOf(id))
          else await tx.put('ideas', keyOf(id), { id, votes })
        }
        if (failing) throw new Error('planned')
      })
      await (failing ? expect(done).rejects.toThrow('planned') : done)
      if (!failing) for (const { id, votes } of batch) votes === null ? model.delete(id) : model.set(id, { id, votes })
      expect(await side.find('ideas', {})).toEqual([...model.entries()].sort().map(([, record]) => record))
    }
  })
}
