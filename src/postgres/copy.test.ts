import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/helpers/database.ts'
import { type Connection, connect } from './connect.ts'
import { copyIn } from './copy-in.ts'
import { copyOut } from './copy-out.ts'
import { isConnectionLost, sqlState } from './sqlstate.ts'

const database = await testDatabase()
let connection: Connection

beforeAll(async () => {
  connection = await connect(database.url)
  await connection.query('create table public.t (id bigint primary key, name text)')
})

afterAll(async () => {
  await connection.end()
  await database.drop()
})

async function read(sql: string): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of copyOut(connection, sql)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('what is written comes back, in the same bytes', async () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => `${i}\tname of ${i} – ü\n`).join('')
  const writer = copyIn(connection, 'copy public.t from stdin')
  const bytes = Buffer.from(rows)
  let waited = 0
  for (let at = 0; at < bytes.length; at += 100_000) {
    const full = writer.write(bytes.subarray(at, at + 100_000))
    if (full === undefined) continue
    waited++
    await full
  }
  expect(await writer.end()).toBe(200_000)
  expect(waited).toBeGreaterThan(0)
  expect(waited).toBeLessThan(bytes.length / 100_000)
  expect((await read('copy (select * from public.t order by id) to stdout')) === rows).toBe(true)
})

test('a row that the server refuses surfaces as its error, and the connection goes on', async () => {
  const writer = copyIn(connection, 'copy public.t from stdin')
  const failure = (async () => {
    await writer.write(Buffer.from('not a number\tx\n'))
    for (let i = 0; i < 1000; i++) await writer.write(Buffer.alloc(100_000, '1\tx\n'))
    await writer.end()
  })()
  await expect(failure).rejects.toSatisfy((error) => sqlState(error) === '22P02')
  expect((await connection.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('a COPY of a table that is not there fails at the first write, and at end without a write', async () => {
  const writer = copyIn(connection, 'copy public.absent from stdin')
  await expect(async () => writer.write(Buffer.from('1\n'))).rejects.toSatisfy((e) => sqlState(e) === '42P01')
  await expect(copyIn(connection, 'copy public.absent from stdin').end()).rejects.toThrow('does not exist')
  await expect(copyIn(connection, 'select 1').end()).rejects.toThrow('took no data')
})

test('an aborted COPY leaves no row and a usable connection', async () => {
  await connection.query('truncate public.t')
  const writer = copyIn(connection, 'copy public.t from stdin')
  await writer.write(Buffer.from('1\tone\n'))
  await writer.abort('the source changed')
  await writer.abort('twice')
  expect((await connection.query('select count(*)::int as n from public.t')).rows).toEqual([{ n: 0 }])
})

test('a session that is ended in the middle of a COPY surfaces as such', async () => {
  const victim = await connect(database.url)
  const writer = copyIn(victim, 'copy public.t from stdin')
  await writer.write(Buffer.from('1\tone\n'))
  await connection.query('select pg_terminate_backend($1::int)', [victim.backend])
  const failure = (async () => {
    for (;;) await writer.write(Buffer.alloc(1_000_000, '2\ttwo\n'))
  })()
  await expect(failure).rejects.toThrow()
  await expect(writer.end()).rejects.toThrow()
})

test('a writer whose socket has died learns of it, and does not write into nothing for ever', async () => {
  const victim = await connect(database.url)
  const writer = copyIn(victim, 'copy public.t from stdin')
  await writer.write(Buffer.from('1\tone\n'))
  victim.destroy()
  const failure = (async () => {
    for (;;) await writer.write(Buffer.alloc(100_000, '2\ttwo\n'))
  })()
  await expect(failure).rejects.toThrow('terminated')
  await writer.abort('too late')
})

test('an error of the server in the midst of reading surfaces with its SQLSTATE after the rows before it', async () => {
  let bytes = 0
  const reading = (async () => {
    const sql = 'copy (select 1 / (50000 - i), i from generate_series(1, 100000) i) to stdout'
    for await (const chunk of copyOut(connection, sql)) bytes += chunk.length
  })()
  await expect(reading).rejects.toSatisfy((error) => sqlState(error) === '22012')
  expect(bytes).toBeGreaterThan(100_000)
  expect((await connection.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('a reader that stops holds back the server, not memory', async () => {
  const slow = await connect(database.url)
  const chunks = copyOut(slow, `copy (select repeat('x', 999) from generate_series(1, 100000)) to stdout`)
  let bytes = (await chunks.next()).value?.length ?? 0
  for (let stuck = 0; stuck < 200; ) {
    const { rows } = await connection.query<{ state: string; waits: string | null }>(
      'select state, wait_event as waits from pg_stat_activity where pid = $1::int',
      [slow.backend],
    )
    expect(rows[0]?.state).toBe('active')
    stuck = rows[0]?.waits === 'ClientWrite' ? stuck + 1 : 0
  }
  for await (const chunk of chunks) bytes += chunk.length
  expect(bytes).toBe(100_000_000)
  await slow.end()
})

test('notices between the rows are no rows', async () => {
  await connection.query(`create function public.talk(i int) returns int language plpgsql as
    $$ begin raise notice 'row %', i; return i; end $$`)
  expect(await read('copy (select public.talk(i) from generate_series(1, 3) i) to stdout')).toBe('1\n2\n3\n')
})

test('a reader that leaves when all has arrived, but before it took all, leaves no connection that is silent', async () => {
  const other = await connect(database.url)
  const text = `select state from pg_stat_activity where pid = ${other.backend}`
  for await (const _ of copyOut(other, `copy (select repeat('x', 1000) from generate_series(1, 230)) to stdout`)) {
    // Not one more chunk is asked for until the server is done and its last word is in our socket.
    await expect.poll(async () => (await connection.query<{ state: string }>(text)).rows[0]?.state).toBe('idle')
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    break
  }
  // How much has arrived is the kernel's business: the connection answers, or was cut; it never falls silent.
  const answer = await other.query('select 1 as one').catch((error: Error) => error)
  if (answer instanceof Error) expect(isConnectionLost(answer)).toBe(true)
  else expect(answer.rows).toEqual([{ one: 1 }])
  await other.end()
})

test('a query without rows yields nothing; leaving the loop early destroys the connection', async () => {
  expect(await read('copy (select 1 where false) to stdout')).toBe('')
  const other = await connect(database.url)
  for await (const _ of copyOut(other, 'copy (select generate_series(1, 10000000)) to stdout')) break
  await expect(other.query('select 1')).rejects.toThrow('onnection')
  expect(other.lost).toBeDefined()
})
