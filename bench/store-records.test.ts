import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestsOf } from './equality.ts'
import { flatFile } from './generate.ts'
import { hardStores, writeHardStore } from './hard.ts'
import { rows } from './rows.ts'
import { storeRecords } from './store-records.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bench-test-'))
})
afterAll(() => rm(dir, { recursive: true }))

async function read(path: string): Promise<string[]> {
  const found: string[] = []
  for await (const record of storeRecords(path)) found.push(record)
  return found
}

describe('storeRecords', () => {
  it('cuts a compact store across chunks of the file', async () => {
    const found = await read(await flatFile(dir, 9_000, 'json'))
    expect(found.map((text) => JSON.parse(text))).toEqual([...rows(9_000)])
  })

  it('cuts a store written with white space, with brackets and quotes inside text', async () => {
    const path = join(dir, 'pretty.json')
    const records = [{ id: 1, note: '],{"\\' }, { id: 2, tags: [[1], { a: ',' }] }, 3]
    await writeFile(path, JSON.stringify({ records }, null, 2))
    expect((await read(path)).map((text) => JSON.parse(text))).toEqual(records)
  })

  it('finds none in an empty list', async () => {
    const path = join(dir, 'empty.json')
    await writeFile(path, '{ "records" : [ ] }')
    expect(await read(path)).toEqual([])
  })

  it('gives the records of every hard store back as they were written', async () => {
    for (const store of hardStores()) expect(await read(await writeHardStore(dir, store))).toEqual(store.records)
  })
})

describe('digestsOf', () => {
  it('counts a record as often as it occurs, whatever the order of its members', async () => {
    const digests = await digestsOf(list('{"a":1,"b":2}', '{"b":2.0,"a":1}', '{"a":1}'))
    expect([...digests.values()].sort()).toEqual([1, 2])
  })
})

async function* list(...texts: string[]): AsyncGenerator<string> {
  yield* texts
}
