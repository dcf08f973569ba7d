import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { sidePlan } from '../../../test/contract/side-plan.ts'
import { EPOCH, type FencedDatabase, fencedDatabase } from '../../../test/helpers/fenced.ts'
import { proxyTo, type TcpProxy } from '../../../test/helpers/proxy.ts'
import { silent } from '../../log.ts'
import type { Connection } from '../../postgres/connect.ts'
import type { WriteAct } from '../side.ts'
import { forgetKeys } from './idempotency.ts'
import { openPgSide, type PgSide } from './side.ts'

const act: WriteAct = { epoch: EPOCH, as: 'authority' }
const idea = (id: string, votes: number) => ({ id, votes, status: null })

let database: FencedDatabase
let sql: Connection
let side: PgSide

beforeAll(async () => {
  database = await fencedDatabase(sidePlan)
  sql = database.sql
})

afterAll(() => database.drop())

beforeEach(async () => {
  await database.reset()
  side = openPgSide({ database: database.url, plan: sidePlan, log: silent })
})

afterEach(() => side.close())

async function votesOf(id: string): Promise<unknown> {
  return (await side.get('ideas', JSON.stringify(id)))?.votes
}

/** Adds one vote to idea `a` under an idempotency key and answers the votes it then has. */
function vote(from: PgSide, more: Partial<WriteAct> = {}): Promise<number> {
  return from.transaction({ ...act, ...more }, async (tx) => {
    const votes = ((await tx.get('ideas', '"a"'))?.votes as number | undefined) ?? 0
    await tx.put('ideas', '"a"', idea('a', votes + 1))
    return votes + 1
  })
}

test('an act under one idempotency key is done once, and answers alike each time', async () => {
  const keyed = { idempotencyKey: 'k', requestHash: 'h' }
  expect(await vote(side, keyed)).toBe(1)
  expect(await vote(side, keyed)).toBe(1)
  expect(await Promise.all(Array.from({ length: 8 }, () => vote(side, { ...keyed, idempotencyKey: 'l' })))).toEqual(
    Array.from({ length: 8 }, () => 2),
  )
  expect(await votesOf('a')).toBe(2)
  await expect(vote(side, { ...keyed, requestHash: 'other' })).rejects.toMatchObject({ code: 'conflict', place: 'k' })
  expect(await side.transaction({ ...act, idempotencyKey: 'nothing' }, async () => {})).toBeUndefined()
  expect(await side.transaction({ ...act, idempotencyKey: 'nothing' }, async () => 'again')).toBeUndefined()
})

test('an act that failed leaves its idempotency key free; old keys are forgotten', async () => {
  const failing = side.transaction({ ...act, idempotencyKey: 'f' }, async () => {
    throw new RangeError('failed')
  })
  await expect(failing).rejects.toThrow(RangeError)
  expect(await vote(side, { idempotencyKey: 'f' })).toBe(1)
  expect(await forgetKeys(sql, sidePlan.store, '1 hour')).toBe(0)
  expect(await forgetKeys(sql, sidePlan.store, '0 seconds')).toBe(1)
})

test('after a COMMIT whose reply was lost, the same key tells what it did, and does it once', async () => {
  const proxy: TcpProxy = await proxyTo(database.url)
  const cut = openPgSide({ database: proxy.url, plan: sidePlan, log: silent })
  for (const [treatment, idempotencyKey, done] of [
    ['cut-reply', 'r', 1],
    ['cut-before', 'b', 1],
  ] as const) {
    proxy.treat('commit', treatment)
    await expect(vote(cut, { idempotencyKey })).rejects.toMatchObject({ code: 'unavailable' })
    expect(await votesOf('a')).toBe(done)
    proxy.treat('commit', 'pass')
    expect(await vote(cut, { idempotencyKey })).toBe(idempotencyKey === 'r' ? 1 : 2)
  }
  expect(await votesOf('a')).toBe(2)
  await cut.close()
  await proxy.close()
})

test('a server that is gone, and one that does not answer in time, are unavailable', async () => {
  const nowhere = new URL(database.url)
  nowhere.port = '1'
  const gone = openPgSide({ database: nowhere.href, plan: sidePlan, log: silent })
  await expect(gone.get('ideas', '"a"')).rejects.toMatchObject({ code: 'unavailable' })
  await expect(vote(gone)).rejects.toMatchObject({ code: 'unavailable' })
  await gone.close()
  const hasty = openPgSide({ database: database.url, plan: sidePlan, log: silent, timeouts: { lock: 50 } })
  await vote(side)
  await side.transaction(act, async (tx) => {
    await tx.get('ideas', '"a"')
    await expect(vote(hasty)).rejects.toMatchObject({ code: 'unavailable' })
  })
  await hasty.close()
})

test('transactions that deadlock are run again and all take effect', async () => {
  await side.apply(
    ['a', 'b'].map((id) => ({ collection: 'ideas', key: `"${id}"`, record: idea(id, 0) })),
    act,
  )
  let runs = 0
  let meet = (): void => {}
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  const both = (first: string, second: string): Promise<void> =>
    side.transaction(act, async (tx) => {
      const add = async (id: string): Promise<void> => {
        const votes = (await tx.get('ideas', `"${id}"`))?.votes as number
        await tx.put('ideas', `"${id}"`, idea(id, votes + 1))
      }
      await add(first)
      if (++runs === 2) meet()
      await met
      await add(second)
    })
  await Promise.all([both('a', 'b'), both('b', 'a')])
  expect([await votesOf('a'), await votesOf('b')]).toEqual([2, 2])
  expect(runs).toBeGreaterThan(2)
})

test('a unique violation is a conflict that names its constraint, and nothing of the push is left', async () => {
  await sql.query('alter table side_contract.ideas add constraint ideas_title_once unique (title)')
  await side.apply([{ collection: 'ideas', key: '"a"', record: { ...idea('a', 1), title: 'one' } }], act)
  const push = side.apply(
    [
      { collection: 'ideas', key: '"b"', record: idea('b', 1) },
      { collection: 'ideas', key: '"c"', record: { ...idea('c', 1), title: 'one' } },
    ],
    { ...act, as: 'mirror' },
  )
  await expect(push).rejects.toMatchObject({ code: 'conflict', place: 'ideas_title_once' })
  expect(await side.count('ideas', {})).toBe(1)
  const passed = [
    { collection: 'ideas', key: '"d"', record: { ...idea('d', 1), title: 'one' } },
    { collection: 'ideas', key: '"a"', record: undefined },
  ]
  await side.apply(passed, { ...act, as: 'mirror' })
  expect(await votesOf('d')).toBe(1)
})

test('a stale epoch is told apart from every other refusal', async () => {
  await expect(vote(side, { epoch: 4 })).rejects.toMatchObject({ code: 'stale-epoch' })
  await expect(vote(side, { epoch: 1.5 })).rejects.toMatchObject({ code: 'usage' })
})

test('what the authority changes is dirty until it is cleared by id; what comes in between stays', async () => {
  await vote(side)
  await vote(side)
  await side.apply([{ collection: 'nextId', key: 'null', record: { value: 7 } }], act)
  await side.apply([{ collection: 'ideas', key: '"m"', record: idea('m', 1) }], { ...act, as: 'mirror' })
  const pending = await side.pendingDirty(100)
  expect(pending.map(({ collection, key }) => `${collection} ${key}`)).toEqual(['ideas "a"', 'nextId null'])
  expect(await side.dirtyAmong('ideas', ['"a"', '"m"'])).toEqual(new Set(['"a"']))
  await vote(side)
  await side.clearDirty(pending.flatMap(({ ids }) => ids))
  expect((await side.pendingDirty(100)).map(({ key }) => key)).toEqual(['"a"'])
  expect(await side.dirtyBacklog()).toMatchObject({ marks: 1 })
})

test('a record with lists is never read half old, half new, while another one writes it', async () => {
  const record = (n: number) => ({ ...idea('a', n), comments: Array.from({ length: n % 4 }, () => ({ likes: n })) })
  await side.apply([{ collection: 'ideas', key: '"a"', record: record(1) }], act)
  const write = async (): Promise<void> => {
    for (let n = 2; n < 60; n++)
      await side.transaction(act, async (tx) => {
        const known = await tx.get('ideas', '"a"')
        expect(known).toEqual(record(known?.votes as number))
        await tx.put('ideas', '"a"', record(n))
      })
  }
  let done = false
  const read = async (): Promise<void> => {
    while (!done) {
      const [found] = await side.find('ideas', {})
      expect(found).toEqual(record(found?.votes as number))
    }
  }
  const writes = Promise.all([write(), write()]).finally(() => {
    done = true
  })
  await Promise.all([writes, read()])
})
