import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/helpers/database.ts'
import { countOf } from './batch.ts'
import { connect, openPool } from './connect.ts'
import { isConnectionLost, sqlState } from './sqlstate.ts'

const database = await testDatabase()
const sql = await connect(database.url)
await sql.query('create table public.n (i int primary key, t text[])')

afterAll(async () => {
  await sql.end()
  await database.drop()
})

const insert = (i: number, list: (string | null)[] = []) => ({
  text: 'insert into public.n values ($1, $2)',
  values: [i, list],
})

test('statements of a batch are one transaction outside of any, and each is answered', async () => {
  const list = ['a', '', 'NULL', null, '"\\{,}', 'é\n']
  const [first, , read, update] = await sql.batch([
    insert(1, list),
    insert(2),
    { text: 'select i, t from public.n order by i' },
    { text: 'update public.n set i = i where i > $1', values: [0] },
  ])
  expect(first).toMatchObject({ rows: [], tag: 'INSERT 0 1' })
  expect(read?.rows.map(([i]) => i)).toEqual(['1', '2'])
  expect(update && countOf(update)).toBe(2)
  expect((await sql.query('select t from public.n where i = 1')).rows).toEqual([{ t: list }])
  const failing = sql.batch([insert(3), insert(1), insert(4)])
  await expect(failing).rejects.toSatisfy((error) => sqlState(error) === '23505')
  expect((await sql.query('select count(*)::int as n from public.n')).rows).toEqual([{ n: 2 }])
})

test('in a transaction a batch that fails fails it; the session goes on after the rollback', async () => {
  await sql.batch([{ text: 'begin', isOnce: true }, insert(10)])
  await expect(sql.batch([insert(10)])).rejects.toSatisfy((error) => sqlState(error) === '23505')
  await expect(sql.batch([insert(11)])).rejects.toSatisfy((error) => sqlState(error) === '25P02')
  await sql.query('rollback')
  await sql.batch([insert(10)])
  expect((await sql.query('select i from public.n where i >= 10')).rows).toEqual([{ i: 10 }])
})

test('what a failing batch never came to prepare is prepared when it is next asked', async () => {
  const late = { text: 'select 42' }
  await expect(sql.batch([insert(1), late])).rejects.toSatisfy((error) => sqlState(error) === '23505')
  const [, answer] = await sql.batch([{ text: 'begin', isOnce: true }, late])
  expect(answer?.rows).toEqual([['42']])
  await sql.query('rollback')
})

test('a session keeps a bounded number of statements prepared, whatever fails in between', async () => {
  const one = await connect(database.url)
  for (let n = 0; n < 500; n++) {
    await one.batch([{ text: `select ${n}, $1::int`, values: [n] }])
    const [answer] = await one.batch([{ text: `select ${n}, $1::int`, values: [n + 1] }])
    expect(answer?.rows).toEqual([[`${n}`, `${n + 1}`]])
    await expect(one.batch([{ text: 'select 1 / $1::int', values: [0] }])).rejects.toThrow('division')
  }
  const { rows } = await one.query<{ n: number }>('select count(*)::int as n from pg_prepared_statements')
  expect(rows[0]?.n).toBeLessThanOrEqual(202)
  await one.end()
})

test('a session that is lost fails its batch and is replaced in a pool', async () => {
  const pool = openPool(database.url, { max: 1 })
  await expect(pool.batch([{ text: 'select pg_terminate_backend(pg_backend_pid())' }])).rejects.toSatisfy(
    isConnectionLost,
  )
  expect(await pool.batch([{ text: 'select 1' }])).toMatchObject([{ rows: [['1']] }])
  await pool.end()
})
