import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDocument, sidePlan } from '../../../test/contract/side-plan.ts'
import { puts } from '../../../test/contract/side-start.ts'
import { MercilessDisk } from '../../../test/helpers/power-cut.ts'
import { keyOf } from '../key.ts'
import type { WriteAct } from '../side.ts'
import { DirtyLog } from './dirty-log.ts'
import type { Disk } from './disk.ts'
import { FileSide } from './side.ts'
import { FileStore } from './store.ts'

const act: WriteAct = { epoch: 1, as: 'authority' }
let folder: string
let path: string
let log: DirtyLog
let side: FileSide

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-arrange-'))
  path = join(folder, 'store.json')
  log = await DirtyLog.open(join(folder, 'store.json.outgrow', 'dirty.log'))
})

afterEach(async () => {
  await side.close()
  await log.close()
  await rm(folder, { recursive: true })
})

async function open(ids: string[], disk?: Disk): Promise<void> {
  await writeFile(path, JSON.stringify({ ...emptyDocument, ideas: ids.map((id) => ({ id, votes: 1 })) }, null, 2))
  if (disk instanceof MercilessDisk) await disk.knows(path)
  const store = await FileStore.open({ path, plan: sidePlan, marks: log, ...(disk && { disk }) })
  side = new FileSide({ store, plan: sidePlan, epoch: () => 1 })
}

async function idsOnDisk(): Promise<string[]> {
  const text = await readFile(path, 'utf8')
  const document = JSON.parse(text) as { ideas: { id: string; votes: number }[] }
  expect(text).toBe(JSON.stringify(document, null, 2))
  expect(document.ideas.every(({ votes }) => votes === 1)).toBe(true)
  return document.ideas.map(({ id }) => id)
}

const arrange = (ids: string[], on = act): Promise<void> => side.arrange('ideas', ids.map(keyOf), on)

test('records stand in the order of the keys, those not named behind them as they stood; nothing is marked', async () => {
  await open(['a', 'b', 'c', 'd', 'e'])
  expect(side.order('ideas')).toEqual(['a', 'b', 'c', 'd', 'e'].map(keyOf))
  await arrange(['d', 'nobody', 'b', 'd'])
  expect(await idsOnDisk()).toEqual(['d', 'b', 'a', 'c', 'e'])
  expect(side.order('ideas')).toEqual(['d', 'b', 'a', 'c', 'e'].map(keyOf))
  expect(log.size).toBe(0)
  await side.apply(
    puts([
      { id: 'f', votes: 1 },
      { id: 'b', votes: 1 },
    ]),
    act,
  )
  expect(await idsOnDisk()).toEqual(['d', 'b', 'a', 'c', 'e', 'f'])
})

test('it is one durable write, and none when the order is right already', async () => {
  const disk = new MercilessDisk()
  await open(['a', 'b', 'c'], disk)
  const { length } = disk.steps
  await arrange(['a', 'b'])
  expect(disk.steps).toHaveLength(length)
  await arrange(['b', 'c', 'a'])
  expect(disk.steps.slice(length)).toEqual(['open wx', 'write', 'sync', 'rename', 'sync folder'])
  await disk.comeBack()
  expect(await idsOnDisk()).toEqual(['b', 'c', 'a'])
})

test('it stands between the writes before and after it, all sharing a write', async () => {
  await open(['a', 'b', 'c'])
  const put = (id: string): Promise<void> => side.apply(puts([{ id, votes: 1 }]), act)
  const removed = side.apply([{ collection: 'ideas', key: '"b"', record: undefined }], act)
  await Promise.all([put('x'), put('d'), removed, put('b'), arrange(['d', 'c', 'b', 'z']), put('z'), arrange(['b'])])
  expect(await idsOnDisk()).toEqual(['b', 'd', 'c', 'a', 'x', 'z'])
})

test('any order can be reached from any other', async () => {
  await open([])
  const ids = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 })
  for (const [there, wanted] of fc.sample(fc.tuple(ids, ids), 30)) {
    const gone = side.order('ideas').map((key) => ({ collection: 'ideas', key, record: undefined }))
    await side.apply([...gone, ...puts(there.map((id) => ({ id, votes: 1 })))], act)
    await arrange(wanted)
    const expected = [...wanted.filter((id) => there.includes(id)), ...there.filter((id) => !wanted.includes(id))]
    expect([await idsOnDisk(), side.order('ideas')]).toEqual([expected, expected.map(keyOf)])
  }
})

test('what has no order, and another epoch, are refused', async () => {
  await open(['a', 'b'])
  for (const collection of ['links', 'settings', 'profile', 'nextId', 'nowhere']) {
    await expect(side.arrange(collection, [], act)).rejects.toMatchObject({ code: 'usage' })
    expect(() => side.order(collection)).toThrow(collection)
  }
  await expect(arrange(['b'], { ...act, epoch: 2 })).rejects.toMatchObject({ code: 'stale-epoch' })
  expect(await idsOnDisk()).toEqual(['a', 'b'])
})
