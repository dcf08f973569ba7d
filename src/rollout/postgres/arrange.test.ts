import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sidePlan } from '../../../test/contract/side-plan.ts'
import { EPOCH, type FencedDatabase, fencedDatabase } from '../../../test/helpers/fenced.ts'
import { silent } from '../../log.ts'
import type { Connection } from '../../postgres/connect.ts'
import type { Sql } from '../../postgres/sql.ts'
import { keyOf, WHOLE } from '../key.ts'
import type { JsonRecord, WriteAct } from '../side.ts'
import { openPgSide, type PgSide } from './side.ts'
import { inWrite } from './transaction.ts'

const authority: WriteAct = { epoch: EPOCH, as: 'authority' }
const mirror: WriteAct = { epoch: EPOCH, as: 'mirror' }

let database: FencedDatabase
let sql: Connection
let side: PgSide

beforeAll(async () => {
  database = await fencedDatabase(sidePlan)
  sql = database.sql
  side = openPgSide({ database: database.url, plan: sidePlan, log: silent })
})

afterAll(async () => {
  await side.close()
  await database.drop()
})

beforeEach(() => database.reset())

async function put(collection: string, ...records: JsonRecord[]): Promise<void> {
  await side.apply(
    records.map((record) => ({ collection, key: keyOf(record.id), record })),
    mirror,
  )
}

const arrange = (collection: string, keys: string[], act = mirror): Promise<number> =>
  inWrite(side.pool, act, (own) => side.arrange(collection, keys, own))

const spelled = (...ids: (string | number)[]): string[] => ids.map((id) => keyOf(id))

test('records are arranged as the keys say, the others after them, and what is put later goes last', async () => {
  await put('systems', { id: 3 }, { id: 1 }, { id: 2 }, { id: 9 })
  expect(await side.order('systems')).toEqual(spelled(3, 1, 2, 9))
  expect(await arrange('systems', spelled(9, 404, 1, 9, 3))).toBe(2)
  expect(await side.order('systems')).toEqual(spelled(9, 1, 3, 2))
  expect(await arrange('systems', spelled(9, 1, 3, 2))).toBe(0)
  await put('systems', { id: 5 }, { id: 4 })
  expect(await arrange('systems', spelled(1, 2, 3, 4, 5, 9))).toBeGreaterThan(0)
  await put('systems', { id: 0 })
  expect(await side.order('systems')).toEqual(spelled(1, 2, 3, 4, 5, 9, 0))
})

test('thousands of records are turned round by few statements', async () => {
  const ids = Array.from({ length: 12_000 }, (_, id) => id)
  await put('systems', ...ids.map((id) => ({ id })))
  const turned = spelled(...ids.toReversed())
  const statements: string[] = []
  await inWrite(side.pool, mirror, (own) => {
    const counting: Sql = {
      query: (text, values) => {
        statements.push(text)
        return own.query(text, values)
      },
    }
    return side.arrange('systems', turned, counting)
  })
  expect(statements.length).toBeLessThanOrEqual(6)
  expect(await side.order('systems')).toEqual(turned)
})

test('as mirror it marks nothing, as authority the order and the records that moved; under a stale epoch it is refused', async () => {
  await put('ideas', { id: 'b' }, { id: 'a' }, { id: 'é"' })
  await arrange('ideas', spelled('é"', 'b', 'a'))
  expect(await side.pendingDirty(9)).toEqual([])
  await arrange('ideas', spelled('a', 'é"', 'b'), authority)
  expect((await side.pendingDirty(9)).map(({ key }) => key).sort()).toEqual([...spelled('a'), WHOLE])
  await expect(arrange('ideas', spelled('b', 'a'), { ...mirror, epoch: 4 })).rejects.toMatchObject({
    code: 'stale-epoch',
  })
})

/** Until a session of this database waits for another one. */
async function someoneWaits(): Promise<void> {
  for (;;) {
    const { rows } = await sql.query(
      `select from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`,
    )
    if (rows.length > 0) return
  }
}

test('of two arrangements at once the second begins from what the first has left', async () => {
  await put('systems', ...[1, 2, 3, 4].map((id) => ({ id })))
  let second: Promise<number> | undefined
  await inWrite(side.pool, mirror, async (own) => {
    await side.arrange('systems', spelled(4, 3, 2, 1), own)
    second = arrange('systems', spelled(3, 4, 1, 2))
    await someoneWaits()
  })
  await second
  expect(await side.order('systems')).toEqual(spelled(3, 4, 1, 2))
})

test('a collection without keys has its one key, and nothing to arrange', async () => {
  for (const name of ['links', 'profile', 'nextId']) {
    expect(await side.order(name)).toEqual([WHOLE])
    expect(await arrange(name, [WHOLE])).toBe(0)
  }
})

test('the present states of many keys come from one statement; what is not there is left out', async () => {
  await put('ideas', { id: 'a', comments: [{ text: 'x' }, { likes: 1 }] }, { id: 'b', n: [1e300] }, { id: '7' })
  await put('systems', { id: 7, name: 'seven' })
  const ideas = await side.records('ideas', [...spelled('b', 'none', 'a', 'a', 7), WHOLE])
  expect([...ideas].sort()).toEqual([
    ['"a"', { id: 'a', comments: [{ text: 'x' }, { likes: 1 }] }],
    ['"b"', { id: 'b', n: [1e300] }],
  ])
  expect(await side.records('systems', spelled(7, 8, '7'))).toEqual(new Map([['7', { id: 7, name: 'seven' }]]))
  expect(await side.records('systems', [])).toEqual(new Map())
})

test('the present state of a collection without keys stands under its one key', async () => {
  await side.apply([{ collection: 'links', key: WHOLE, record: { value: [{ url: 'a' }] } }], mirror)
  expect(await side.records('links', ['"x"', WHOLE])).toEqual(new Map([[WHOLE, { value: [{ url: 'a' }] }]]))
  expect(await side.records('nextId', [WHOLE])).toEqual(new Map())
  expect(await side.records('links', ['"x"'])).toEqual(new Map())
})
