import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readLogs } from './client-log.ts'
import { type Fault, type IdeaServer, startIdeaServer } from './idea-server.ts'
import { judge } from './judge.ts'
import type { Operation } from './operation.ts'
import { allItems, type Load, runLoad } from './run-load.ts'
import type { Oracle, Verdict } from './verdict.ts'

let folder: string
let server: IdeaServer | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-load-'))
})

afterEach(async () => {
  await server?.close()
  await rm(folder, { recursive: true })
})

interface Run {
  load: Load
  operations: Operation[]
  verdicts: Verdict[]
}

/** A run against a server with this fault. */
async function runWith(fault?: Fault, { clients = 8, operations = 60, keys = 20 } = {}): Promise<Run> {
  server = await startIdeaServer(fault)
  const { url } = server
  const { signal } = new AbortController()
  const patience = { pause: 1, mostPause: 1 }
  const load = await runLoad({ url, clients, keys, operations, seed: 7, folder, signal, patience })
  const sent = await readLogs(folder)
  const after = await allItems(url)
  return {
    load,
    operations: sent,
    verdicts: judge({ operations: sent, before: load.before, after, unavailable: true }),
  }
}

function broken(verdicts: readonly Verdict[]): Oracle[] {
  return verdicts.filter(({ violations }) => violations > 0).map(({ oracle }) => oracle)
}

test.each([
  [1, 200],
  [16, 40],
  [100, 10],
])('%i clients of a service without fault: every oracle holds, and all of them judged', async (clients, operations) => {
  const { verdicts, operations: sent, load } = await runWith(undefined, { clients, operations })
  expect(verdicts.filter(({ violations }) => violations > 0)).toEqual([])
  expect(verdicts.filter(({ checked }) => checked > 0).map(({ oracle }) => oracle)).toEqual([
    'O1',
    'O2',
    'O4',
    'O6',
    'reads',
    'fields',
  ])
  expect(sent.filter(({ client }) => !client.endsWith('setup'))).toHaveLength(clients * operations)
  expect(load.figures.count).toBe(clients * operations)
  expect(Object.keys(load.figures.latencies())).toEqual(
    expect.arrayContaining(['get', 'put', 'post', 'delete', 'list']),
  )
  expect(Object.keys(load.figures.errors().attempts)).toEqual(expect.arrayContaining(['reset', 'status 503']))
  expect(sent.some(({ attempts, outcome }) => attempts > 1 && outcome === 'done')).toBe(true)
})

test.each<[Fault, Oracle[]]>([
  ['loses a write', ['O1']],
  ['loses a delete', ['O1']],
  ['forgets idempotency keys', ['O2']],
  ['reads what is stale', ['O4', 'reads']],
  ['changes a field', ['fields']],
  ['keeps what it refused', ['O2']],
  ['fails', ['O6']],
])('a service that %s is found out, by %j', async (fault, oracles) => {
  const { verdicts } = await runWith(fault)
  expect(broken(verdicts)).toEqual(expect.arrayContaining(oracles))
})

test('a run that is ended is judged by what it did until then', async () => {
  server = await startIdeaServer()
  const { url } = server
  const end = new AbortController()
  const running = runLoad({ url, clients: 4, keys: 10, seed: 1, folder, signal: end.signal })
  const { items } = server
  await expect.poll(() => items.size, { timeout: 20_000 }).toBeGreaterThan(5)
  end.abort()
  const { before } = await running
  const operations = await readLogs(folder)
  expect(broken(judge({ operations, before, after: await allItems(url), unavailable: true }))).toEqual([])
})

test('a run of some seconds ends by itself', async () => {
  server = await startIdeaServer()
  const { signal } = new AbortController()
  const { figures } = await runLoad({ url: server.url, clients: 2, keys: 5, seed: 1, folder, signal, seconds: 0.3 })
  expect(figures.count).toBeGreaterThan(0)
})

test('records that were there before are left alone, and that they are is judged', async () => {
  server = await startIdeaServer()
  const { items, url } = server
  const old = { id: 'old', title: 'Old', description: '', category: 'x', priority: 'y', status: 'z', tags: [] }
  items.set('old', { ...old, createdAt: 'c', updatedAt: null })
  const { signal } = new AbortController()
  const options = { url, clients: 4, keys: 10, operations: 20, seed: 1, folder, signal, patience: { pause: 1 } }
  const { before } = await runLoad(options)
  const operations = await readLogs(folder)
  const verdict = (after: typeof before): Oracle[] => broken(judge({ operations, before, after, unavailable: true }))
  const after = await allItems(url)
  expect(verdict(after)).toEqual([])
  expect(verdict(after.filter(({ id }) => id !== 'old'))).toEqual(['O1'])
  expect(verdict(after.map((item) => (item.id === 'old' ? { ...item, tags: ['t'] } : item)))).toEqual(['fields'])
})
