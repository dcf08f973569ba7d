import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../helpers/database.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

let folder: string
let child: ChildProcess | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'documentation-process-'))
})
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

function start(env: Record<string, string>): ChildProcess {
  const { OUTGROW_DATABASE_URL: _, ...own } = process.env
  child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=outgrow-source', 'services/documentation/server.ts'],
    {
      cwd: root,
      env: { ...own, PORT: '0', UPLOAD_DIR: join(folder, 'uploads'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  return child
}

async function address({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('no output')
  for await (const line of createInterface(stdout)) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
    if (found === null) continue
    stdout.resume()
    return found[0]
  }
  throw new Error('it did not listen')
}

async function stop(server: ChildProcess): Promise<number | null> {
  const end = once(server, 'close')
  server.kill('SIGTERM')
  return (await end)[0]
}

/** Makes an item with one file. */
async function useIt(at: string): Promise<unknown> {
  const item = { title: 'Ideia', description: 'Descrição', category: 'dashboard', priority: 'low' }
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(item) }
  const { data } = (await (await fetch(`${at}/api/items`, json)).json()) as { data: { id: string } }
  const form = new FormData()
  form.append('file', new File(['olá'], 'nota.txt'))
  const uploaded = await fetch(`${at}/api/items/${data.id}/files`, { method: 'POST', body: form })
  expect(uploaded.status).toBe(201)
  return (await fetch(`${at}/api/items/${data.id}`)).json()
}

test('it serves files by plain LowDB, then staged on the same files, and ends well at SIGTERM', async () => {
  const file = join(folder, 'db', 'documentation.json')
  for (const strategy of ['lowdb', 'staged']) {
    const server = start({ DB_PATH: file, DOCUMENTATION_DB_STRATEGY: strategy })
    const item = await useIt(await address(server))
    expect(item).toMatchObject({ data: { status: 'new', files: [{ originalName: 'nota.txt', size: 4 }] } })
    expect(await stop(server)).toBe(0)
  }
  const { ideas, files, nextId, change_log: log } = JSON.parse(await readFile(file, 'utf8'))
  expect([ideas.length, files.length, nextId, log.length]).toEqual([2, 2, 3, 4])
  expect(await readdir(join(folder, 'uploads'))).toHaveLength(2)
})

test('it serves PostgreSQL alone', async () => {
  const database = await testDatabase()
  const server = start({ DOCUMENTATION_DB_STRATEGY: 'postgres', OUTGROW_DATABASE_URL: database.url })
  expect(await useIt(await address(server))).toMatchObject({
    data: { id: '1', files: [{ id: '1', mimeType: 'text/plain' }] },
  })
  expect(await stop(server)).toBe(0)
  await database.drop()
})

test('an unknown strategy refuses to start, and says why in one line', async () => {
  const server = start({ DOCUMENTATION_DB_STRATEGY: 'mongo' })
  let said = ''
  server.stderr?.on('data', (bytes) => {
    said += bytes
  })
  const [code] = await once(server, 'close')
  expect([code, said.trim().split('\n').length]).toEqual([1, 1])
  expect(said).toMatch(/mongo.*lowdb, staged, postgres/)
})
