import { once } from 'node:events'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ClientLog, readLogs } from './client-log.ts'
import { differences } from './documents.ts'
import { connectTo } from './http.ts'
import { pollFile } from './poll-file.ts'
import { randomOf } from './random.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-evidence-'))
})

afterEach(() => rm(folder, { recursive: true }))

test('two documents are equal whatever the order of records and members, and each difference is told', () => {
  const file = { ideas: [{ id: '1', a: 1, b: null }, { id: 1 }], order: [3, 1], nextId: 4 }
  expect(differences(file, { nextId: 4, order: [3, 1], ideas: [{ id: 1 }, { b: null, id: '1', a: 1 }] })).toEqual({
    compared: 5,
    found: [],
  })
  expect(differences(file, { ideas: [{ id: '1', a: 1 }], order: [1, 3], other: [] }).found).toEqual([
    '/ideas/"1" differs: {"id":"1","a":1,"b":null} in the file, {"id":"1","a":1}',
    '/ideas/1 is in the file only',
    '/order differs: [3,1] in the file, [1,3]',
    '/nextId is in the file only',
    '/other is in PostgreSQL only',
  ])
})

test('records that share an id are compared as a list, so that none hides behind another', () => {
  const twice = { ideas: [{ id: '1' }, { id: '1' }] }
  expect(differences(twice, { ideas: [{ id: '1' }] }).found).not.toEqual([])
})

test('a reader of the file meets a torn write, an absent file and null, and nothing when writes are renames', async () => {
  const path = join(folder, 'store.json')
  const read = async (): Promise<string[]> => (await pollFile(path, AbortSignal.abort())).failures
  expect(await read()).toEqual([expect.stringContaining('ENOENT')])
  await writeFile(path, '{"ideas": [')
  expect(await read()).toEqual([expect.stringContaining('JSON')])
  await writeFile(path, 'null')
  expect(await read()).toEqual([expect.stringContaining('null')])
  await writeFile(path, '{}')
  const end = new AbortController()
  const polling = pollFile(path, end.signal, 0)
  for (let size = 0; size < 300; size++) {
    await writeFile(`${path}.tmp`, JSON.stringify({ ideas: Array(size * 10).fill('x'.repeat(50)) }))
    await rename(`${path}.tmp`, path)
  }
  end.abort()
  const { reads, failures } = await polling
  expect(failures).toEqual([])
  expect(reads).toBeGreaterThan(1)
})

test('what is sent is in the log before it is sent; what has no end is unknown', async () => {
  const log = new ClientLog(folder, 'a')
  log.write({ sent: { client: 'a', seq: 1, kind: 'put', id: '7', body: { title: 'a/1 x' } }, at: 5 })
  expect(await readFile(join(folder, 'a.jsonl'), 'utf8')).toContain('a/1 x')
  expect(await readLogs(folder)).toMatchObject([{ outcome: 'unknown', end: Number.POSITIVE_INFINITY, attempts: 1 }])
  log.write({ failed: 1, at: 6, failure: { kind: 'timeout' } })
  log.write({ failed: 1, at: 7, failure: { kind: 'status', status: 503, retryAfter: '1' } })
  log.write({ ended: 1, at: 8, outcome: 'done', status: 200, items: [] })
  log.close()
  expect(await readLogs(folder)).toMatchObject([{ outcome: 'done', start: 5, end: 8, attempts: 3 }])
  expect(() => new ClientLog(folder, 'a')).toThrow('EEXIST')
})

test('a service that never answers is a timeout, one that breaks off a reset, none at all refused', async () => {
  const silent = createServer((request, response) => {
    if (request.url === '/broken') response.write('{"data": [', () => response.destroy())
  })
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const connection = connectTo(url, 50)
  const patient = connectTo(url, 60_000)
  expect(await connection.call({ method: 'GET', path: '/' })).toEqual({ kind: 'timeout' })
  expect(await patient.call({ method: 'GET', path: '/broken' })).toEqual({ kind: 'reset' })
  silent.closeAllConnections()
  silent.close()
  await once(silent, 'close')
  expect(await patient.call({ method: 'GET', path: '/' })).toEqual({ kind: 'refused' })
  connection.close()
  patient.close()
})

test('the same seed gives the same choices, and each client has its own', () => {
  const drawn = (seed: number, stream: number): number[] => {
    const random = randomOf(seed, stream)
    return Array.from({ length: 50 }, () => random(1000))
  }
  expect(drawn(1, 1)).toEqual(drawn(1, 1))
  expect(drawn(1, 2)).not.toEqual(drawn(1, 1))
  expect(drawn(2, 1)).not.toEqual(drawn(1, 1))
  expect(new Set(drawn(1, 1)).size).toBeGreaterThan(40)
})
