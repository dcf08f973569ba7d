import { createWriteStream } from 'node:fs'
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Connection, connect } from '../../src/postgres/connect.ts'
import { type TestDatabase, testDatabase } from '../helpers/database.ts'
import { IDEA_BANK, outgrow, type Running, start } from './outgrow.ts'

let database: TestDatabase
let watcher: Connection
let folder: string

beforeAll(async () => {
  database = await testDatabase()
  watcher = await connect(database.url, { application: 'watches' })
  folder = await mkdtemp(join(tmpdir(), 'outgrow-cli-'))
  await copyFile(IDEA_BANK, join(folder, 'db.json'))
  await pipeline(Readable.from(largeStore(300_000)), createWriteStream(join(folder, 'large.json')))
})
afterAll(async () => {
  await watcher?.end()
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

function* largeStore(records: number): Generator<string> {
  yield '{"ideas":[{"id":0}'
  for (let id = 1; id < records; id++) yield `,{"id":${id},"title":"idea ${id}","score":${id / 4}}`
  yield ']}'
}

const env = (more: Record<string, string> = {}) => ({ OUTGROW_DATABASE_URL: database.url, ...more })

/** Waits until a session of the command is seen to do this; fails when the command ends before. */
async function seen(running: Running, condition: string): Promise<void> {
  let over = false
  void running.ended.then(() => {
    over = true
  })
  for (;;) {
    const { rows } = await watcher.query(
      `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and ${condition}`,
    )
    if (rows.length > 0) return
    if (over) throw new Error(`the command ended before: ${JSON.stringify(await running.ended)}`)
  }
}

/** Passes everything on, until a client sends this text: from then on no answer reaches it, and no end either. */
async function relayThatFallsSilent(url: string, text: string) {
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  let fallSilent = (): void => {}
  const silent = new Promise<void>((resolve) => {
    fallSilent = resolve
  })
  const listener = createServer((client) => {
    const server = connectSocket(Number(port), hostname)
    sockets.push(
      client.on('error', () => {}),
      server.on('error', () => {}),
    )
    server.pipe(client)
    client.on('data', (bytes) => {
      if (bytes.includes(text)) {
        server.unpipe(client)
        fallSilent()
      }
      server.write(bytes)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const through = new URL(url)
  through.port = String((listener.address() as AddressInfo).port)
  const close = (): void => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  }
  return { url: through.href, silent, close }
}

async function schemaExists(schema: string): Promise<boolean> {
  const { rows } = await watcher.query('select from pg_namespace where nspname = $1::text', [schema])
  return rows.length > 0
}

test('SIGINT during the load ends with 130, and nothing of the run is left', async () => {
  const running = start(['migrate', 'large.json', '--name', 'large', '--json'], folder, env())
  await seen(running, `query ilike 'copy%from stdin%'`)
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  expect([code, JSON.parse(stdout)]).toEqual([
    130,
    expect.objectContaining({ run: null, status: 'refused', error: expect.objectContaining({ code: 'interrupted' }) }),
  ])
  expect(stderr).toMatch(/^Error: Interrupted by SIGINT.*\nNext: Run the same command again.\n$/)
  expect(await schemaExists('large')).toBe(false)
  expect(await readdir(join(folder, '.outgrow', 'work'))).toEqual([])
})

test('a verb whose server does not answer any more is cut short', async () => {
  const relay = await relayThatFallsSilent(database.url, 'server_version_num')
  try {
    const running = start(['doctor', '--to', relay.url], folder)
    await Promise.race([relay.silent, running.ended])
    running.child.kill('SIGTERM')
    const { code, stdout, stderr } = await running.ended
    expect([code, stdout, stderr]).toEqual([130, '', expect.stringMatching(/^Error: Interrupted by SIGTERM/)])
    expect(await readdir(join(folder, '.outgrow', 'work'))).toEqual([])
  } finally {
    relay.close()
  }
})

test('killed at a failpoint after the commit, the next run ends what the first began', async () => {
  const args = ['migrate', 'db.json', '--name', 'killed', '--json']
  const killed = await outgrow(args, folder, env({ OUTGROW_FAILPOINT: 'committed' }))
  expect([killed.signal, killed.stdout]).toEqual(['SIGKILL', ''])
  expect(await readdir(join(folder, '.outgrow', 'work'))).toHaveLength(1)
  const again = await outgrow(args, folder, env())
  expect([again.code, JSON.parse(again.stdout).status]).toEqual([0, 'unchanged'])
  expect(JSON.parse(again.stdout).backup.after).not.toBe(null)
  expect(await readdir(join(folder, '.outgrow', 'work'))).toEqual([])
})
