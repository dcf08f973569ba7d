import { createServer } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/helpers/database.ts'
import { isOutgrowError, type OutgrowError } from '../errors.ts'
import { applicationName, connect, openPool } from './connect.ts'
import { quoteIdent } from './ident.ts'
import { withTimeouts } from './settings.ts'
import { isConnectionLost, sqlState } from './sqlstate.ts'
import { hostOf, maskUrl, withDatabase } from './url.ts'

const database = await testDatabase()
afterAll(() => database.drop())

async function refusal(url: string): Promise<OutgrowError> {
  const error: unknown = await connect(url).catch((caught: unknown) => caught)
  if (!isOutgrowError(error)) throw error
  expect(`${error.message} ${error.next} ${error.place}`).not.toContain('s3cret')
  return error
}

test('the session settings hold against those of the database, the role and the URL', async () => {
  const admin = await connect(database.url)
  await admin.query(`alter database ${quoteIdent(database.name)} set DateStyle = 'German'`)
  await admin.query(`alter database ${quoteIdent(database.name)} set statement_timeout = '1ms'`)
  await admin.query(`alter database ${quoteIdent(database.name)} set search_path = 'public'`)
  await admin.end()
  const hostile = `${database.url}?options=-c%20TimeZone%3DAsia%2FTokyo%20-c%20work_mem%3D5MB&statement_timeout=1&application_name=x`
  const connection = await connect(hostile, { application: 'test of settings', settings: { lock_timeout: '1s' } })
  const { rows } = await connection.query(
    `select current_setting('DateStyle') as datestyle, current_setting('TimeZone') as zone,
            current_setting('search_path') as path, current_setting('statement_timeout') as statement,
            current_setting('lock_timeout') as lock, current_setting('work_mem') as mem,
            current_setting('client_encoding') as encoding, current_setting('application_name') as name,
            current_setting('synchronize_seqscans') as sync, pg_backend_pid() as pid`,
  )
  expect(rows).toEqual([
    {
      datestyle: 'ISO, YMD',
      zone: 'UTC',
      path: 'pg_catalog,pg_temp',
      statement: '0',
      lock: '1s',
      mem: '5MB',
      encoding: 'UTF8',
      name: 'outgrow test of settings',
      sync: 'off',
      pid: connection.backend,
    },
  ])
  await connection.end()
})

test('values arrive without loss, whatever the application has told the driver', async () => {
  const connection = await connect(database.url)
  const { rows } = await connection.query(
    `select 9007199254740993::bigint as big, 1.10::numeric as n, date '2024-02-29' as d, 0.1::float8 as f, true as b,
            '{"a":1}'::jsonb as j, timestamptz '2024-01-02 03:04:05.678+02' as t, '{a,"b c"}'::text[] as l`,
  )
  expect(rows).toEqual([
    {
      big: '9007199254740993',
      n: '1.10',
      d: '2024-02-29',
      f: 0.1,
      b: true,
      j: { a: 1 },
      t: new Date('2024-01-02T01:04:05.678Z'),
      l: ['a', 'b c'],
    },
  ])
  await connection.end()
})

test('what cannot be reached is named by host and port, with the next step and without the password', async () => {
  const wrong = new URL(database.url)
  wrong.password = 's3cret'
  expect(await refusal('postgres://me:s3cret@127.0.0.1:1/db')).toMatchObject({
    code: 'target-unreachable',
    place: '127.0.0.1:1',
    next: expect.stringContaining('pg_isready'),
  })
  expect(await refusal(wrong.href)).toMatchObject({ next: expect.stringContaining('password') })
  expect(await refusal(withDatabase(database.url, 'no such'))).toMatchObject({
    message: expect.stringContaining('"no such"'),
  })
  expect(await refusal('mysql://me:s3cret@host/db')).toMatchObject({ next: expect.stringContaining('postgres://') })
  expect(await refusal('me:s3cret@host')).toMatchObject({ code: 'target-unreachable' })
})

test('a pooler that refuses the settings is unsafe', async () => {
  const text = 'SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter in options: search_path\0\0'
  const answer = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), Buffer.from(text)])
  answer.writeUInt32BE(text.length + 4, 1)
  const pooler = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(answer)))
  await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve))
  const { port } = pooler.address() as { port: number }
  const error = await refusal(`postgres://me:s3cret@127.0.0.1:${port}/db`)
  expect(error).toMatchObject({ code: 'target-unsafe', next: expect.stringContaining('PgBouncer') })
  await new Promise((resolve) => pooler.close(resolve))
})

test('URLs are shown without passwords wherever they stand', () => {
  expect(maskUrl('postgres://me:s3cret@host:1/db?sslpassword=s3cret')).toBe(
    'postgres://me:***@host:1/db?sslpassword=***',
  )
  expect(maskUrl('postgres://me:s3c@ret@[bad/db')).not.toContain('s3c')
  expect(hostOf('postgres:///db?host=/run/postgresql')).toBe('/run/postgresql:5432')
  expect(hostOf('postgres://[::1]:7/db')).toBe('[::1]:7')
})

test('an application name is cut to 63 bytes between characters', () => {
  const name = applicationName('ü'.repeat(60))
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
  expect(name).toBe(`outgrow ${'ü'.repeat(27)}`)
})

test('timeouts of a step end with it, also after an error', async () => {
  const connection = await connect(database.url)
  const shown = async () => (await connection.query('show statement_timeout')).rows[0]
  const slow = withTimeouts(connection, { statement: 20 }, () => connection.query('select pg_sleep(60)'))
  await expect(slow).rejects.toSatisfy((error) => sqlState(error) === '57014')
  expect(await shown()).toEqual({ statement_timeout: '0' })
  await connection.query('begin')
  await expect(withTimeouts(connection, { lock: 9 }, () => connection.query('select 1/0'))).rejects.toThrow('division')
  await connection.query('rollback')
  expect((await connection.query('show lock_timeout')).rows).toEqual([{ lock_timeout: '5s' }])
  await connection.end()
})

test('a session that the server ends is known to be lost, and the process lives on', async () => {
  const victim = await connect(database.url)
  const admin = await connect(database.url)
  const running = victim.query('select pg_sleep(60)')
  const ended = expect(running).rejects.toSatisfy(isConnectionLost)
  await admin.query('select pg_terminate_backend($1::int)', [victim.backend])
  await ended
  await expect(victim.query('select 1')).rejects.toSatisfy(isConnectionLost)
  expect(victim.lost).toBeInstanceOf(Error)
  await admin.end()
  await victim.end()
})

test('a pool lends sessions and keeps none that was left in a transaction or lost', async () => {
  const pool = openPool(database.url, { max: 1, application: 'pool' })
  const first = await pool.use(async (connection) => connection.backend)
  expect(await pool.use(async (connection) => connection.backend)).toBe(first)
  await pool.use((connection) => connection.query('begin'))
  const second = await pool.use(async (connection) => connection.backend)
  expect(second).not.toBe(first)
  await expect(pool.use((c) => c.query('select pg_terminate_backend(pg_backend_pid())'))).rejects.toSatisfy(
    isConnectionLost,
  )
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  await pool.end()
})
