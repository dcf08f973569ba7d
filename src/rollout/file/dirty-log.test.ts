import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MercilessDisk } from '../../../test/helpers/power-cut.ts'
import { DirtyLog, type DirtyLogOptions } from './dirty-log.ts'
import { type DiskFile, disk } from './disk.ts'

let folder: string
let path: string
let opened: DirtyLog[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-dirty-'))
  path = join(folder, 'store.json.outgrow', 'dirty.log')
  opened = []
})

afterEach(async () => {
  for (const log of opened) await log.close()
  await rm(folder, { recursive: true })
})

async function open(options: DirtyLogOptions = {}): Promise<DirtyLog> {
  const log = await DirtyLog.open(path, options)
  opened.push(log)
  return log
}

const keys = (...names: string[]) => names.map((name) => ({ collection: 'ideas', key: JSON.stringify(name) }))
const names = (log: DirtyLog, limit = 100): unknown[] => log.pending(limit).map(({ key }) => JSON.parse(key))

async function markNow(log: DirtyLog, ...which: string[]): Promise<void> {
  log.reveal(await log.mark(keys(...which)))
}

test('marks survive, in the order of the latest, each key once', async () => {
  const log = await open()
  await markNow(log, 'a', 'b')
  await markNow(log, 'c', 'a', '\ud800"')
  for (const one of [log, await open()]) {
    expect(names(one)).toEqual(['b', 'c', 'a', '\ud800"'])
    expect(names(one, 2)).toEqual(['b', 'c'])
    expect(one.size).toBe(4)
    expect([one.isDirty('ideas', '"a"'), one.isDirty('other', '"a"')]).toEqual([true, false])
  }
})

test('a key is cleared only up to the number that was read', async () => {
  const log = await open()
  await markNow(log, 'a', 'b')
  const read = log.pending(10)
  await markNow(log, 'a')
  await log.clearUpTo(read)
  expect(names(log)).toEqual(['a'])
  expect(names(await open())).toEqual(['a'])
  await log.clearUpTo(log.pending(10))
  expect(names(await open())).toEqual([])
})

test('a mark is not shown before its write is done, and is on disk all the same', async () => {
  const log = await open()
  await markNow(log, 'a')
  const seq = await log.mark(keys('a', 'b'))
  expect(names(log)).toEqual(['a'])
  expect(log.isDirty('ideas', '"b"')).toBe(true)
  // The relay pushes the old record now: its clearing must not take the hidden mark with it, in memory or on disk.
  await log.clearUpTo(log.pending(10))
  expect(names(await open())).toEqual(['a', 'b'])
  log.reveal(seq)
  expect(names(log)).toEqual(['a', 'b'])
})

test('cut at any byte of an append, the log opens with all that was before it, and goes on', async () => {
  const log = await open()
  await markNow(log, 'a')
  await log.clearUpTo(log.pending(1))
  await markNow(log, 'b')
  const before = (await stat(path)).size
  await markNow(log, 'c', 'd')
  const whole = await readFile(path)
  for (let size = before; size <= whole.length; size++) {
    await writeFile(path, whole.subarray(0, size))
    const cut = await open()
    expect(cut.damaged).toBe(false)
    expect(names(cut).slice(0, 1)).toEqual(['b'])
    await markNow(cut, 'e')
    const again = await open()
    expect(again.damaged).toBe(false)
    expect(names(again)[0]).toBe('b')
    expect(names(again).at(-1)).toBe('e')
  }
})

test('a tail of zeros or of noise is cut off', async () => {
  for (const tail of [Buffer.alloc(64), Buffer.from('noise'), Buffer.from([255, 255, 255, 127, 0, 0, 0, 0, 1])]) {
    await rm(path, { force: true })
    await markNow(await open(), 'a')
    await appendFile(path, tail)
    const log = await open()
    expect(log.damaged).toBe(false)
    await markNow(log, 'b')
    const again = await open()
    expect([names(again), again.damaged]).toEqual([['a', 'b'], false])
  }
})

test('damage before the end is told, and no mark behind it is lost', async () => {
  const log = await open()
  await markNow(log, 'a')
  const { size } = await stat(path)
  await markNow(log, 'b')
  await markNow(log, 'c')
  const bytes = await readFile(path)
  for (let at = size; at < size + 20; at++) {
    const bent = Buffer.from(bytes)
    bent[at] = (bent[at] as number) ^ 0x40
    await writeFile(path, bent)
    const damaged = await open()
    expect(damaged.damaged, `byte ${at}`).toBe(true)
    expect(names(damaged)).toEqual(['a', 'c'])
    await markNow(damaged, 'd')
    expect(names(await open())).toEqual(['a', 'c', 'd'])
  }
})

test('a log of cleared entries is rewritten, hidden marks and numbers kept', async () => {
  const log = await open({ compactAt: 4096 })
  await markNow(log, 'kept')
  const hidden = await log.mark(keys('hidden'))
  let last = 0
  for (let round = 0; round < 100; round++) {
    await markNow(log, `k${round}`)
    const done = log.pending(10).filter(({ key }) => key.startsWith('"k') && key !== '"kept"')
    last = done.at(-1)?.seq ?? 0
    await log.clearUpTo(done)
  }
  expect((await stat(path)).size).toBeLessThan(4500)
  expect(names(await open())).toEqual(['kept', 'hidden'])
  log.reveal(hidden)
  expect(names(log)).toEqual(['kept', 'hidden'])
  const again = await open()
  await markNow(again, 'new')
  expect(again.pending(10).at(-1)?.seq).toBeGreaterThan(last)
})

test('the power cut at any step of a rewrite loses no mark', async () => {
  const work = async (disk: MercilessDisk): Promise<void> => {
    const log = await DirtyLog.open(path, { disk, compactAt: 200 })
    await markNow(log, 'a', 'b')
    for (let round = 0; round < 6; round++) {
      await markNow(log, 'c')
      await log.clearUpTo(log.pending(10).filter(({ key }) => key === '"c"'))
    }
  }
  const whole = new MercilessDisk()
  await work(whole)
  await whole.comeBack()
  const first = whole.steps.indexOf('sync') + 1
  expect(whole.steps).toContain('rename')
  for (let cutAt = first; cutAt < whole.steps.length; cutAt++) {
    await rm(join(folder, 'store.json.outgrow'), { recursive: true })
    const disk = new MercilessDisk(cutAt)
    await expect(work(disk)).rejects.toThrow()
    await disk.comeBack()
    expect(names(await open()), `cut before step ${cutAt}`).toEqual(expect.arrayContaining(['a', 'b']))
  }
})

test('what a full disk took of an append is cut off again, and the log goes on when there is room', async () => {
  let full = false
  const log = await open({
    disk: {
      ...disk,
      open: async (...args) => {
        const file = await disk.open(...args)
        const write = file.write.bind(file) as DiskFile['write']
        return Object.assign(file, {
          write: (async (bytes: Uint8Array, at: number, length: number, position: number) => {
            if (!full) return write(bytes, at, length, position)
            await write(bytes, at, length - 1, position)
            throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' })
          }) as DiskFile['write'],
        })
      },
    },
  })
  await markNow(log, 'a')
  full = true
  await expect(log.mark(keys('b', 'c', 'd'))).rejects.toThrow('the disk is full')
  full = false
  await markNow(log, 'e')
  for (const one of [log, await open()]) expect([names(one), one.damaged]).toEqual([['a', 'e'], false])
})

test('after an error of the disk nothing more is taken', async () => {
  const disk = new MercilessDisk()
  const log = await DirtyLog.open(path, { disk })
  disk.failOnce('sync', 'EIO')
  await expect(log.mark(keys('a'))).rejects.toMatchObject({ code: 'failure' })
  await expect(log.mark(keys('b'))).rejects.toThrow('takes nothing more')
  await log.close()
  await disk.comeBack()
})

test('a mark that a backfill overtakes is not lost: the key is pushed only after the write is done', async () => {
  const log = await open()
  const removal = await log.mark(keys('a'))
  await markNow(log, 'a', 'b')
  const pushed = log.pending(10)
  expect(names(log)).toEqual(['b'])
  log.reveal(removal)
  await log.clearUpTo(pushed)
  for (const one of [log, await open()]) expect(names(one)).toEqual(['a'])
  await log.clearUpTo(log.pending(10))
  for (const one of [log, await open()]) expect(names(one)).toEqual([])
})
