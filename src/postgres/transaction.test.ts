import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../../test/helpers/database.ts'
import { proxyTo, type TcpProxy } from '../../test/helpers/proxy.ts'
import { isOutgrowError } from '../errors.ts'
import { commitSettled, type Settle } from './commit.ts'
import { type Connection, connect } from './connect.ts'
import { inTransaction } from './transaction.ts'

const database = await testDatabase()
let direct: Connection
let proxy: TcpProxy
let connection: Connection

beforeAll(async () => {
  direct = await connect(database.url)
  await direct.query('create table public.runs (id text primary key)')
})

beforeEach(async () => {
  await direct.query('truncate public.runs')
  proxy = await proxyTo(database.url)
  connection = await connect(proxy.url)
})

afterEach(async () => {
  connection.destroy()
  await proxy.close()
})

afterAll(async () => {
  await direct.end()
  await database.drop()
})

async function runs(): Promise<unknown[]> {
  return (await direct.query<{ id: string }>('select id from public.runs')).rows.map((row) => row.id)
}

const insert = (id: string) => async (sql: Connection) => {
  await sql.query('insert into public.runs values ($1::text)', [id])
}

function settled(id: string, more: Partial<Settle> = {}) {
  const settle: Settle = {
    reconnect: () => connect(database.url),
    witness: async (sql) => (await sql.query('select from public.runs where id = $1::text', [id])).rowCount === 1,
    ...more,
  }
  return { commit: (open: Connection) => commitSettled(open, settle) }
}

test('what returns is committed, what throws is rolled back with its own error', async () => {
  await inTransaction(connection, insert('kept'))
  const failing = inTransaction(connection, async (sql) => {
    await insert('dropped')(sql)
    throw new Error('mine')
  })
  await expect(failing).rejects.toThrow('mine')
  expect(await runs()).toEqual(['kept'])
  expect((await connection.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('a COMMIT that the server turns into a rollback is an error', async () => {
  const failing = inTransaction(connection, async (sql) => {
    await insert('dropped')(sql)
    await sql.query('select 1/0').catch(() => 'and goes on')
  })
  await expect(failing).rejects.toThrow('rolled back')
  expect(await runs()).toEqual([])
})

test('isolation and read only are what the transaction runs under', async () => {
  const shown = await inTransaction(
    connection,
    (sql) =>
      sql.query(`select current_setting('transaction_isolation') as i, current_setting('transaction_read_only') as r`),
    { isolation: 'repeatable read', readOnly: true },
  )
  expect(shown.rows).toEqual([{ i: 'repeatable read', r: 'on' }])
})

test('a COMMIT whose reply is lost is found to be committed', async () => {
  proxy.treat('commit', 'cut-reply')
  await inTransaction(connection, insert('a'), settled('a'))
  expect(proxy.treated()).toBe(1)
  expect(await runs()).toEqual(['a'])
})

test('a COMMIT that never reached the server is found to be rolled back', async () => {
  proxy.treat('commit', 'cut-before')
  const failing = inTransaction(connection, insert('b'), settled('b'))
  await expect(failing).rejects.toThrow('the server rolled the transaction back')
  expect(proxy.treated()).toBe(1)
  expect(await runs()).toEqual([])
})

test('a plain COMMIT with a lost reply tells nothing: the connection is lost', async () => {
  proxy.treat('commit', 'cut-reply')
  await expect(inTransaction(connection, insert('c'))).rejects.toThrow(/ECONNRESET|terminated/)
  expect(await runs()).toEqual(['c'])
})

test('a server that comes back within the patience is asked again', async () => {
  proxy.treat('commit', 'cut-reply')
  let attempts = 0
  const reconnect = async () => {
    attempts++
    return connect(attempts < 3 ? database.url.replace(/:\d+\//, ':1/') : database.url)
  }
  await inTransaction(connection, insert('d'), settled('d', { reconnect }))
  expect(attempts).toBe(3)
})

test('a server that stays away leaves the outcome unknown, and says what to do', async () => {
  proxy.treat('commit', 'cut-reply')
  const reconnect = () => connect(database.url.replace(/:\d+\//, ':1/'))
  const failing = inTransaction(connection, insert('e'), settled('e', { reconnect, patience: 300 }))
  await expect(failing).rejects.toSatisfy(
    (error) => isOutgrowError(error, 'failure') && /run the same/.test(`${error.next}`),
  )
})

test('"committed" under a reused transaction id does not pass without the witness', async () => {
  proxy.treat('commit', 'cut-reply')
  await expect(inTransaction(connection, insert('f'), settled('another'))).rejects.toThrow('rolled')
})
