import { appendFile, readdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { emptyDocument, sidePlan } from '../../../test/contract/side-plan.ts'
import { pretty, type StoreFolder, storeFolder } from '../../../test/helpers/file-store.ts'
import { MercilessDisk } from '../../../test/helpers/power-cut.ts'
import { keyOf, WHOLE } from '../key.ts'
import type { Json, JsonRecord, WriteAct } from '../side.ts'
import { FileSide } from './side.ts'
import type { FileStore, FileStoreOptions } from './store.ts'

const act: WriteAct = { epoch: 1, as: 'authority' }
let home: StoreFolder
let folder: string
let path: string

beforeEach(async () => {
  home = await storeFolder()
  ;({ folder, path } = home)
})

afterEach(() => home.remove())

async function open(
  content: Json | string = emptyDocument,
  options: Partial<FileStoreOptions> = {},
): Promise<{ store: FileStore; side: FileSide; put(record: JsonRecord): Promise<void> }> {
  await writeFile(path, typeof content === 'string' ? content : pretty(content))
  if (options.disk instanceof MercilessDisk) await options.disk.knows(path)
  const store = await home.open({ plan: sidePlan, ...options })
  const side = new FileSide({ store, plan: options.plan ?? sidePlan, epoch: () => 1 })
  const put = (record: JsonRecord): Promise<void> =>
    side.apply([{ collection: 'ideas', key: keyOf(record.id), record }], act)
  return { store, side, put }
}

test('the file stays as LowDB writes it: members in order, those that the plan does not know as they were', async () => {
  const content = {
    unknown: { a: [1, { b: [] }], text: 'line\nbreak' },
    systems: [],
    ideas: [{ id: 'x', title: '\ud800\u2028"' }, { id: 'gone' }, { id: 'y', tags: [], meta: {} }],
    version: 3,
    settings: { ana: { theme: 'dark' }, bob: {} },
    links: [{ url: 'a' }, 7],
    nothing: null,
  }
  const { side, store } = await open(content)
  await side.transaction(act, async (tx) => {
    await tx.put('ideas', '"x"', { id: 'x', title: 'new' })
    await tx.remove('ideas', '"gone"')
    await tx.put('ideas', '"z"', { id: 'z' })
    await tx.put('systems', '1', { id: 1 })
    await tx.remove('settings', '"ana"')
    await tx.put('settings', '"b\\"c"', { theme: 'x' })
    await tx.put('nextId', WHOLE, { value: 9 })
    await tx.remove('ideas', '"y"')
    await tx.put('ideas', '"y"', { id: 'y' })
  })
  const { unknown, version, links, nothing } = content
  const ideas = [{ id: 'x', title: 'new' }, { id: 'z' }, { id: 'y' }]
  const settings = { bob: {}, 'b"c': { theme: 'x' } }
  const expected = { unknown, systems: [{ id: 1 }], ideas, version, settings, links, nothing, nextId: 9 }
  expect(await readFile(path, 'utf8')).toBe(pretty(expected))
  await side.apply(
    [...store.document.entries('ideas')].map(([key]) => ({ collection: 'ideas', key, record: undefined })),
    act,
  )
  await side.apply([{ collection: 'nextId', key: WHOLE, record: undefined }], act)
  const { nextId: _, ...left } = { ...expected, ideas: [] }
  expect(await readFile(path, 'utf8')).toBe(pretty(left))
})

test('a document that is one list stays one', async () => {
  const [ideas] = sidePlan.collections
  const plan = { document: 'list' as const, collections: [ideas as NonNullable<typeof ideas>] }
  const { put } = await open([{ id: 'a', tags: ['x'] }], { plan })
  await put({ id: 'b', meta: { c: 1 } })
  expect(await readFile(path, 'utf8')).toBe(
    pretty([
      { id: 'a', tags: ['x'] },
      { id: 'b', meta: { c: 1 } },
    ]),
  )
})

test('writes that come during a write share the next one', async () => {
  const disk = new MercilessDisk()
  const { side, put } = await open(emptyDocument, { disk })
  await Promise.all(Array.from({ length: 100 }, (_, at) => put({ id: `${at}` })))
  expect(disk.steps.filter((step) => step === 'rename').length).toBeLessThanOrEqual(3)
  expect(await side.count('ideas', {})).toBe(100)
  expect((JSON.parse(await readFile(path, 'utf8')) as { ideas: [] }).ideas).toHaveLength(100)
  await disk.comeBack()
})

test.each(['open wx', 'write', 'rename'])(
  'a write that fails at %s leaves nothing, now or later; the next ones go on',
  async (step) => {
    const disk = new MercilessDisk()
    const { side, put } = await open(emptyDocument, { disk })
    await put({ id: 'before' })
    disk.failOnce(step, 'ENOSPC')
    const failed = put({ id: 'lost' })
    const beside = put({ id: 'beside' })
    await expect(failed).rejects.toMatchObject({ code: 'failure', message: `Cannot write ${path}: the disk is full.` })
    await expect(beside).rejects.toMatchObject({ code: 'failure' })
    expect(await side.get('ideas', '"lost"')).toBeUndefined()
    await put({ id: 'after' })
    const ideas = [{ id: 'before' }, { id: 'after' }]
    expect(await side.find('ideas', { order: [{ by: 'id', descending: true }] })).toEqual(ideas)
    expect(await readFile(path, 'utf8')).toBe(pretty({ ...emptyDocument, ideas }))
    expect(await readdir(folder)).toEqual(['store.json'])
    await disk.comeBack()
  },
)

test('a transaction that read what failed meanwhile is given up', async () => {
  const disk = new MercilessDisk()
  const { side, put } = await open(emptyDocument, { disk })
  disk.failOnce('write', 'EIO')
  const failed = put({ id: 'lost' })
  const based = side.transaction(act, async (tx) => {
    expect(await tx.get('ideas', '"lost"')).toEqual({ id: 'lost' })
    await expect(failed).rejects.toThrow('I/O error')
    await tx.put('ideas', '"copy"', { id: 'copy' })
  })
  await expect(based).rejects.toThrow('given up')
  expect(await side.count('ideas', {})).toBe(0)
  await disk.comeBack()
})

test.each(['sync', 'sync folder'])('after a failed %s the store takes nothing more', async (step) => {
  const disk = new MercilessDisk()
  const { side, put } = await open(emptyDocument, { disk })
  disk.failOnce(step, 'EIO')
  const closed = { code: 'failure', message: expect.stringContaining('is closed, since the disk failed') }
  await expect(put({ id: 'a' })).rejects.toMatchObject(closed)
  const { length } = disk.steps
  await expect(put({ id: 'b' })).rejects.toMatchObject(closed)
  expect(disk.steps).toHaveLength(length)
  expect(await side.count('ideas', {})).toBe(0)
  await disk.comeBack()
})

describe('when somebody else touched the file, nothing of theirs is overwritten:', () => {
  const theirs = pretty({ ...emptyDocument, ideas: [{ id: 'a', votes: 9 }, { id: 'new' }], nextId: 1 })
  test.each<[string, (file: string) => Promise<void>, unreadable: boolean]>([
    ['edited in place', (file) => writeFile(file, theirs), false],
    ['replaced', (file) => writeFile(`${file}.x`, theirs).then(() => rename(`${file}.x`, file)), false],
    ['deleted', (file) => rm(file), true],
    ['cut to nothing', (file) => truncate(file, 0), true],
    ['null', (file) => writeFile(file, 'null'), true],
    ['appended to', (file) => appendFile(file, ' '), false],
    ['touched', (file) => utimes(file, 1, 1), false],
  ])('%s', async (_, touch, unreadable) => {
    const { store, side, put } = await open({ ...emptyDocument, ideas: [{ id: 'a' }, { id: 'b' }] })
    await put({ id: 'b', votes: 1 })
    await touch(path)
    const before = await readFile(path).catch(() => undefined)
    await expect(put({ id: 'a', votes: 2 })).rejects.toMatchObject({ code: 'source-changed', place: path })
    await expect(put({ id: 'c' })).rejects.toMatchObject({ code: 'source-changed' })
    expect(await readFile(path).catch(() => undefined)).toEqual(before)
    expect(await side.get('ideas', '"a"')).toEqual({ id: 'a' })
    expect(store.conflict?.unreadable === undefined).toBe(!unreadable)
    const ofA = store.conflict?.records.find(({ key }) => key === '"a"')
    expect(ofA).toMatchObject({ collection: 'ideas', ours: { id: 'a' }, intended: { id: 'a', votes: 2 } })
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('the three-way difference names who changed what', async () => {
    const { store, put } = await open({ ...emptyDocument, ideas: [{ id: 'a' }, { id: 'b' }] })
    await writeFile(path, theirs)
    await expect(put({ id: 'a', votes: 2 })).rejects.toThrow('They changed 4 records, 1 of which')
    expect(store.conflict?.records).toEqual([
      {
        collection: 'ideas',
        key: '"a"',
        ours: { id: 'a' },
        theirs: { id: 'a', votes: 9 },
        intended: { id: 'a', votes: 2 },
        changedBy: 'both',
      },
      {
        collection: 'ideas',
        key: '"b"',
        ours: { id: 'b' },
        theirs: undefined,
        intended: { id: 'b' },
        changedBy: 'them',
      },
      {
        collection: 'ideas',
        key: '"new"',
        ours: undefined,
        theirs: { id: 'new' },
        intended: undefined,
        changedBy: 'them',
      },
      { collection: 'nextId', key: WHOLE, ours: 0, theirs: 1, intended: 0, changedBy: 'them' },
    ])
  })
})

test('after close nothing is taken, and what was committed before is on disk', async () => {
  const { side, put } = await open()
  const written = put({ id: 'a' })
  await side.close()
  await written
  await expect(put({ id: 'b' })).rejects.toThrow('is closed')
  expect(await readFile(path, 'utf8')).toBe(pretty({ ...emptyDocument, ideas: [{ id: 'a' }] }))
})
