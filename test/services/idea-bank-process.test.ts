import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../helpers/database.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const good = { title: 'Ideia', description: 'Descrição', category: 'dashboard', priority: 'low' }

let folder: string
let child: ChildProcess | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'idea-bank-'))
})
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

function start(env: Record<string, string>): ChildProcess {
  const { OUTGROW_DATABASE_URL: _, ...own } = process.env
  child = spawn(process.execPath, ['--import', 'tsx', '--conditions=outgrow-source', 'services/idea-bank/server.ts'], {
    cwd: root,
    env: { ...own, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return child
}

/** The address that the process says it listens at. */
async function address({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('no output')
  for await (const line of createInterface(stdout)) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
    if (found !== null) {
      stdout.resume()
      return found[0]
    }
  }
  throw new Error('it did not listen')
}

async function ended(process: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = ''
  process.stderr?.on('data', (bytes) => {
    said += bytes
  })
  const [code] = await once(process, 'close')
  return { code, said }
}

async function createOne(at: string): Promise<unknown> {
  const answer = await fetch(`${at}/api/items`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(good),
  })
  return answer.json()
}

test('it serves a file, answers what is under way at SIGTERM, and ends well', async () => {
  const file = join(folder, 'ideas.json')
  await writeFile(file, '{"items":[]}')
  const server = start({ DB_PATH: file, LIBRARY_DB_STRATEGY: 'lowdb' })
  const at = await address(server)
  const answers = Promise.all([1, 2, 3].map(() => createOne(at)))
  await expect(answers).resolves.toHaveLength(3)
  const end = ended(server)
  server.kill('SIGTERM')
  expect((await end).code).toBe(0)
  const { items, lastId } = JSON.parse(await readFile(file, 'utf8'))
  expect([items.length, lastId]).toEqual([3, '3'])
})

test('it serves a staged store, which begins as the file that it is', async () => {
  const file = join(folder, 'new.json')
  const server = start({ DB_PATH: file, LIBRARY_DB_STRATEGY: 'staged' })
  const at = await address(server)
  expect(await createOne(at)).toMatchObject({ success: true, data: { id: '1' } })
  expect(await (await fetch(`${at}/ready`)).json()).toMatchObject({ ready: true, strategy: 'staged', stage: 'off' })
  const end = ended(server)
  server.kill('SIGTERM')
  expect((await end).code).toBe(0)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ ideas: [{ id: '1' }], lastId: '1' })
})

test('it serves PostgreSQL alone', async () => {
  const database = await testDatabase()
  const server = start({ LIBRARY_DB_STRATEGY: 'postgres', OUTGROW_DATABASE_URL: database.url })
  const at = await address(server)
  expect(await createOne(at)).toMatchObject({ success: true, data: { id: '1', status: 'new' } })
  expect(await (await fetch(`${at}/ready`)).json()).toMatchObject({ ready: true, strategy: 'postgres' })
  const end = ended(server)
  server.kill('SIGTERM')
  expect((await end).code).toBe(0)
  await database.drop()
})

test.each([
  [{ LIBRARY_DB_STRATEGY: 'mongo' }, /mongo.*lowdb, staged, postgres/],
  [{ LIBRARY_DB_STRATEGY: 'postgres' }, /OUTGROW_DATABASE_URL/],
])('%o: it refuses to start, and says why in one line', async (env, message) => {
  const { code, said } = await ended(start(env))
  expect(code).toBe(1)
  expect(said).toMatch(message)
  expect(said.trim().split('\n')).toHaveLength(1)
})
