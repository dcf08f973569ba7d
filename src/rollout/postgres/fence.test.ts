import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type FencedDatabase, fencedDatabase, isStale, writingAs } from '../../../test/helpers/fenced.ts'
import { ideaBank } from '../../../test/helpers/plans.ts'
import type { Connection } from '../../postgres/connect.ts'
import { copyIn } from '../../postgres/copy-in.ts'
import type { Plan } from '../../schema/plan.ts'
import { fenceTables, unfenceTables } from './fence.ts'

const plan: Plan = ideaBank()

let database: FencedDatabase
let sql: Connection

beforeAll(async () => {
  database = await fencedDatabase(plan)
  sql = database.sql
})

afterAll(async () => {
  await database.drop()
})

beforeEach(() => database.reset())

async function marks(): Promise<string[]> {
  const { rows } = await sql.query<{ mark: string }>(
    `select distinct collection || ' ' || key as mark from outgrow.dirty where store = $1 order by 1`,
    [plan.store],
  )
  return rows.map((row) => row.mark)
}

const insertIdea = `insert into idea_bank.ideas (id, title, priority) values ('a', 'A', 'low')`

test('a write without an epoch, or with another one, is refused on every table and by every kind of statement', async () => {
  for (const statement of [
    insertIdea,
    `update idea_bank.ideas set title = 'B'`,
    'delete from idea_bank.ideas_comments',
    'truncate idea_bank.ideas cascade',
    'truncate idea_bank.store_values',
    `insert into idea_bank.store_values values ('tagNames', '[]')`,
  ]) {
    await expect(sql.query(statement)).rejects.toSatisfy(isStale)
    await expect(writingAs(sql, 4, 'authority', async () => void (await sql.query(statement)))).rejects.toSatisfy(
      isStale,
    )
    await expect(writingAs(sql, 6, 'mirror', async () => void (await sql.query(statement)))).rejects.toSatisfy(isStale)
  }
  await writingAs(sql, 5, 'authority', async () => void (await sql.query(insertIdea)))
})

test('COPY and replicas meet the fence too; what a session declared is gone with its transaction', async () => {
  await writingAs(sql, 5, 'authority', async () => void (await sql.query(insertIdea)))
  await expect(sql.query(`delete from idea_bank.ideas where id = 'a'`)).rejects.toSatisfy(isStale)
  const copy = copyIn(sql, 'copy idea_bank.categories (id) from stdin')
  const send = async (): Promise<void> => {
    await copy.write(Buffer.from('1\n'))
    await copy.end()
  }
  await expect(send()).rejects.toSatisfy(isStale)
  await sql.query('set session_replication_role = replica')
  await expect(sql.query(`delete from idea_bank.ideas where id = 'a'`)).rejects.toSatisfy(isStale)
  await sql.query('reset session_replication_role')
})

test('a store without a stage takes no write behind a fence; unfenced tables take every one; both may run twice', async () => {
  await sql.query('delete from outgrow.stage')
  await expect(writingAs(sql, 5, 'authority', async () => void (await sql.query(insertIdea)))).rejects.toSatisfy(
    isStale,
  )
  await unfenceTables(sql, plan)
  await unfenceTables(sql, plan)
  await sql.query(insertIdea)
  expect(await marks()).toEqual([])
  await sql.query('truncate idea_bank.ideas cascade')
  await fenceTables(sql, plan)
  await fenceTables(sql, plan)
})

test('every change marks its key, of both states when the key changes, unless it is the push of the mirror', async () => {
  const row = `insert into idea_bank.ideas (id, title, priority) values ('a"\\é' || chr(9), 'A', 'low'), ('b', 'B', 'low')`
  await writingAs(sql, 5, 'mirror', async () => void (await sql.query(row)))
  expect(await marks()).toEqual([])
  await writingAs(sql, 5, 'authority', async () => {
    await sql.query(`update idea_bank.ideas set title = 'C' where title = 'A'`)
    await sql.query(`insert into idea_bank.store_values values ('tagNames', '[]')`)
    await sql.query(`insert into idea_bank.settings (theme) values ('dark')`)
  })
  const changed = [`ideas ${JSON.stringify('a"\\é\t')}`, 'settings null', 'tagNames null']
  expect(await marks()).toEqual(changed)
  await sql.query('delete from outgrow.dirty')
  await writingAs(
    sql,
    5,
    'authority',
    async () => void (await sql.query(`update idea_bank.ideas set id = 'c' where id = 'b'`)),
  )
  expect(await marks()).toEqual(['ideas "b"', 'ideas "c"'])
})

test('a row of a list marks its record; a truncate marks all; an undone change marks nothing', async () => {
  await writingAs(sql, 5, 'mirror', async () => void (await sql.query(insertIdea)))
  const comment = `insert into idea_bank.ideas_comments (_parent_id, _ordinal, text) values ('a', 1, 'x')`
  await expect(
    writingAs(sql, 5, 'authority', async () => {
      await sql.query(comment)
      throw new RangeError('undone')
    }),
  ).rejects.toThrow(RangeError)
  expect(await marks()).toEqual([])
  await writingAs(sql, 5, 'authority', async () => void (await sql.query(comment)))
  expect(await marks()).toEqual(['ideas "a"'])
  await sql.query('delete from outgrow.dirty')
  await writingAs(sql, 5, 'authority', async () => void (await sql.query('truncate idea_bank.ideas cascade')))
  expect(await marks()).toEqual(['ideas "a"'])
})
