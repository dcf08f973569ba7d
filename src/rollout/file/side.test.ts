import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sideContract } from '../../../test/contract/side-contract.ts'
import { emptyDocument, sidePlan } from '../../../test/contract/side-plan.ts'
import type { JsonRecord, WriteAct } from '../side.ts'
import { AnswerLog } from './answer-log.ts'
import { DirtyLog } from './dirty-log.ts'
import { type Disk, disk } from './disk.ts'
import { FileSide } from './side.ts'
import { FileStore, type Marking } from './store.ts'

const act: WriteAct = { epoch: 1, as: 'authority' }
let folder: string
let path: string
let log: DirtyLog

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-side-'))
  path = join(folder, 'store.json')
  await writeFile(path, JSON.stringify(emptyDocument, null, 2))
  log = await DirtyLog.open(join(folder, 'store.json.outgrow', 'dirty.log'))
})

afterEach(async () => {
  await log.close()
  await rm(folder, { recursive: true })
})

sideContract('the file', async () => {
  const answers = await AnswerLog.open(join(folder, 'store.json.outgrow', 'answers.log'))
  const side = await open({ answers })
  const close = async (): Promise<void> => {
    await side.close()
    await answers.close()
  }
  return { side, epoch: 3, close }
})

async function open(
  options: { disk?: Disk; marks?: Marking; answers?: AnswerLog; epoch?: () => number } = {},
): Promise<FileSide> {
  const { epoch = () => 3, ...rest } = options
  const store = await FileStore.open({ path, plan: sidePlan, ...rest })
  return new FileSide({ store, plan: sidePlan, epoch })
}

const put = (record: JsonRecord) => ({ collection: 'ideas', key: JSON.stringify(record.id), record })
const dirty = (): string[] => log.pending(100).map(({ key }) => key)

test('writes as authority mark each changed key, removed ones as well; pushes of the relay mark none', async () => {
  const side = await open({ marks: log, epoch: () => 1 })
  await side.apply([put({ id: 'a' }), put({ id: 'b' })], act)
  await log.clearUpTo(log.pending(10))
  await side.apply([put({ id: 'c' })], { ...act, as: 'mirror' })
  expect(dirty()).toEqual([])
  await side.apply([{ collection: 'ideas', key: '"a"', record: undefined }], act)
  await side.transaction(act, async (tx) => {
    await tx.get('ideas', '"b"')
    await tx.put('nextId', 'null', { value: 1 })
  })
  expect(log.pending(10)).toMatchObject([
    { collection: 'ideas', key: '"a"' },
    { collection: 'nextId', key: 'null' },
  ])
  await side.close()
})

test('a relay at work during a write never clears the mark of a record that it could not see yet', async () => {
  let held = Promise.resolve()
  const side = await open({
    marks: log,
    epoch: () => 1,
    disk: { ...disk, rename: (from, to) => held.then(() => disk.rename(from, to)) },
  })
  await side.apply([put({ id: 'a', votes: 1 })], act)
  let letGo = (): void => {}
  held = new Promise((resolve) => {
    letGo = resolve
  })
  const written = side.apply([put({ id: 'a', votes: 2 })], act)
  await expect.poll(async () => (await marksOnDisk()).includes('"a"2')).toBe(true)
  const read = log.pending(10)
  const pushed = await side.get('ideas', '"a"')
  letGo()
  await written
  await log.clearUpTo(read)
  expect(pushed).toEqual({ id: 'a', votes: 1 })
  expect(dirty()).toEqual(['"a"'])
  expect(await side.get('ideas', '"a"')).toEqual({ id: 'a', votes: 2 })
  await side.close()
})

/** Keys on disk, each with the number of its mark. */
async function marksOnDisk(): Promise<string[]> {
  const again = await DirtyLog.open(join(folder, 'store.json.outgrow', 'dirty.log'))
  const found = again.pending(100).map(({ key, seq }) => `${key}${seq}`)
  await again.close()
  return found
}

test('an epoch that changes during a transaction refuses its writes', async () => {
  let epoch = 1
  const side = await open({ marks: log, epoch: () => epoch })
  const late = side.transaction(act, async (tx) => {
    await tx.put('ideas', '"a"', { id: 'a' })
    epoch = 2
  })
  await expect(late).rejects.toMatchObject({ code: 'stale-epoch' })
  expect(await side.count('ideas', {})).toBe(0)
  expect(dirty()).toEqual([])
  await side.close()
})

test('a transaction that only reads waits for what it read to be on disk', async () => {
  const failing: Disk = {
    ...disk,
    rename: async () => Promise.reject(Object.assign(new Error('no'), { code: 'EIO', syscall: 'rename' })),
  }
  const side = await open({ marks: log, epoch: () => 1, disk: failing })
  const write = side.apply([put({ id: 'a' })], act)
  const read = side.transaction(act, (tx) => tx.get('ideas', '"a"'))
  await expect(write).rejects.toMatchObject({ code: 'failure' })
  await expect(read).rejects.toMatchObject({ code: 'failure' })
  expect(dirty()).toEqual(['"a"'])
  await side.close()
})

test('whether a write is marked at all is decided anew for each', async () => {
  let isDual = false
  const revealed: number[] = []
  const marks: Marking = {
    mark: async (keys) => (isDual ? log.mark(keys) : undefined),
    reveal: (seq) => {
      revealed.push(seq)
      log.reveal(seq)
    },
  }
  const side = await open({ marks, epoch: () => 1 })
  await side.apply([put({ id: 'a' })], act)
  isDual = true
  await side.apply([put({ id: 'b' })], act)
  isDual = false
  await side.apply([put({ id: 'c' })], act)
  expect([dirty(), revealed]).toEqual([['"b"'], [1]])
  expect(await side.count('ideas', {})).toBe(3)
  await side.close()
})
