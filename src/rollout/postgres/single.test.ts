import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { sidePlan } from '../../../test/contract/side-plan.ts'
import { EPOCH, type FencedDatabase, fencedDatabase } from '../../../test/helpers/fenced.ts'
import { silent } from '../../log.ts'
import { WHOLE } from '../key.ts'
import type { JsonRecord, WriteAct } from '../side.ts'
import { unfenceTables } from './fence.ts'
import { openPgSide, type PgSide } from './side.ts'

const act: WriteAct = { epoch: EPOCH, as: 'authority' }

let database: FencedDatabase
let side: PgSide

beforeAll(async () => {
  database = await fencedDatabase(sidePlan)
})

afterAll(() => database.drop())

beforeEach(async () => {
  await database.reset()
  side = openPgSide({ database: database.url, plan: sidePlan, log: silent })
})

afterEach(() => side.close())

const renamed = (record: JsonRecord): JsonRecord => ({ ...record, name: `${record.name}!` })

test.each([
  ['systems', '7', { id: 7, name: 'seven' }],
  ['ideas', '"a"', { id: 'a', name: 'with lists', comments: [{ likes: 1 }, { text: 'x' }] }],
  ['settings', '"ana"', { name: 'keyed' }],
  ['profile', WHOLE, { name: 'whole' }],
])('a record of %s is inserted once, updated and deleted, each time with what it was', async (name, key, record) => {
  expect(await side.update(act, name, key, renamed)).toBeUndefined()
  expect(await side.delete(act, name, key)).toBeUndefined()
  expect(await side.insert(act, name, record, key)).toBe(true)
  expect(await side.insert(act, name, { ...record, name: 'other' }, key)).toBe(false)
  expect(await side.get(name, key)).toEqual(record)
  expect(await side.update(act, name, key, renamed)).toEqual(renamed(record))
  expect(await side.get(name, key)).toEqual(renamed(record))
  expect((await side.pendingDirty(99)).map((one) => one.key)).toEqual([key])
  expect(await side.delete(act, name, key)).toEqual(renamed(record))
  expect(await side.get(name, key)).toBeUndefined()
})

test('updates of one record at once all take effect, of records with lists too', async () => {
  await side.insert(act, 'systems', { id: 1, name: '' }, '1')
  await side.insert(act, 'ideas', { id: 'a', name: '', comments: [{ likes: 1 }] }, '"a"')
  await Promise.all(
    Array.from({ length: 12 }, () => [
      side.update(act, 'systems', '1', renamed),
      side.update(act, 'ideas', '"a"', renamed),
    ]).flat(),
  )
  expect((await side.get('systems', '1'))?.name).toBe('!'.repeat(12))
  expect((await side.get('ideas', '"a"'))?.name).toBe('!'.repeat(12))
})

test('a stale epoch is refused, and nothing is done; so is an act that expects no fence, unless there is none', async () => {
  await side.insert(act, 'systems', { id: 1, name: 'a' }, '1')
  for (const wrong of [
    { ...act, epoch: EPOCH - 1 },
    { ...act, isUnfenced: true },
  ]) {
    const stale = { code: 'stale-epoch' }
    await expect(side.insert(wrong, 'systems', { id: 2 }, '2')).rejects.toMatchObject(stale)
    await expect(side.update(wrong, 'systems', '1', renamed)).rejects.toMatchObject(stale)
    await expect(side.delete(wrong, 'systems', '1')).rejects.toMatchObject(stale)
    await expect(side.transaction(wrong, (tx) => tx.remove('systems', '1'))).rejects.toMatchObject(stale)
  }
  expect(await side.find('systems', {})).toEqual([{ id: 1, name: 'a' }])
  await unfenceTables(database.sql, sidePlan)
  expect(await side.insert({ ...act, isUnfenced: true }, 'systems', { id: 2 }, '2')).toBe(true)
})

test('a unique value that another record has is a conflict, not a key that is taken', async () => {
  await database.sql.query('alter table side_contract.systems add constraint one_name unique (name)')
  await side.insert(act, 'systems', { id: 1, name: 'a' }, '1')
  const conflict = { code: 'conflict', place: 'one_name' }
  await expect(side.insert(act, 'systems', { id: 2, name: 'a' }, '2')).rejects.toMatchObject(conflict)
  await side.insert(act, 'systems', { id: 2, name: 'b' }, '2')
  const rename = side.update(act, 'systems', '2', (record) => ({ ...record, name: 'a' }))
  await expect(rename).rejects.toMatchObject(conflict)
  await expect(side.insert(act, 'systems', { id: 3 }, '4')).rejects.toMatchObject({ code: 'usage' })
})

test('under one idempotency key a single act is done once', async () => {
  const keyed = { ...act, idempotencyKey: 'k' }
  expect(await side.insert(keyed, 'systems', { id: 1, name: 'a' }, '1')).toBe(true)
  expect(await side.insert(keyed, 'systems', { id: 1, name: 'a' }, '1')).toBe(true)
  const renaming = { ...act, idempotencyKey: 'l' }
  for (const _ of [1, 2]) expect(await side.update(renaming, 'systems', '1', renamed)).toMatchObject({ name: 'a!' })
})

test('what was prepared before a table changed its shape is prepared anew, in reads, acts and transactions', async () => {
  const one = openPgSide({ database: database.url, plan: sidePlan, log: silent, sessions: 1 })
  const alter = (type: string): Promise<unknown> =>
    database.sql.query(`alter table side_contract.systems alter column name type ${type}`)
  await one.insert(act, 'systems', { id: 1, name: '' }, '1')
  const work = async (): Promise<void> => {
    await one.get('systems', '1')
    await one.find('systems', {})
    await one.update(act, 'systems', '1', renamed)
    await one.transaction(act, async (tx) => {
      await tx.put('systems', '1', renamed((await tx.get('systems', '1')) ?? {}))
    })
  }
  await work()
  for (const type of ['varchar', 'text']) {
    await alter(type)
    await one.transaction(act, async (tx) => void (await tx.get('systems', '1')))
    await work()
  }
  await one.pool.query('deallocate all')
  await work()
  expect(await one.get('systems', '1')).toEqual({ id: 1, name: '!'.repeat(8) })
  await one.close()
})
