import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDocument, sidePlan } from '../../../test/contract/side-plan.ts'
import { MercilessDisk } from '../../../test/helpers/power-cut.ts'
import type { WriteAct } from '../side.ts'
import { AnswerLog } from './answer-log.ts'
import { type Disk, disk as realDisk } from './disk.ts'
import { FileSide } from './side.ts'
import { FileStore } from './store.ts'

const act: WriteAct = { epoch: 1, as: 'authority' }
let folder: string
let path: string
let closing: (() => Promise<void>)[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-side-answers-'))
  path = join(folder, 'store.json')
  await writeFile(path, JSON.stringify(emptyDocument, null, 2))
  closing = []
})

afterEach(async () => {
  await closeAll()
  await rm(folder, { recursive: true })
})

async function open(disk: Disk = realDisk): Promise<{ side: FileSide; log: AnswerLog }> {
  const log = await AnswerLog.open(join(folder, 'store.json.outgrow', 'answers.log'), { disk })
  const store = await FileStore.open({ path, plan: sidePlan, disk, answers: log })
  const side = new FileSide({ store, plan: sidePlan, epoch: () => 1 })
  closing.push(async () => {
    await side.close()
    await log.close()
  })
  return { side, log }
}

async function closeAll(): Promise<void> {
  for (const close of closing.splice(0)) await close()
}

function vote(side: FileSide, idempotencyKey?: string): Promise<number> {
  return side.transaction({ ...act, ...(idempotencyKey && { idempotencyKey }) }, async (tx) => {
    const votes = (((await tx.get('ideas', '"a"'))?.votes as number | undefined) ?? 0) + 1
    await tx.put('ideas', '"a"', { id: 'a', votes })
    return votes
  })
}

async function votesOnDisk(): Promise<number> {
  const { ideas } = JSON.parse(await readFile(path, 'utf8')) as { ideas: { votes: number }[] }
  return ideas[0]?.votes ?? 0
}

const error = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'test' })

/** A disk whose next rename waits until it is let go, and then fails if told so. */
class HeldDisk {
  #reached = (): void => {}
  #letGo = (_: boolean): void => {}
  #held: Promise<boolean> | undefined
  readonly disk: Disk = {
    ...realDisk,
    rename: async (from, to) => {
      this.#reached()
      if (await this.#held) throw error('ENOSPC')
      await realDisk.rename(from, to)
    },
  }

  /** Resolves when a rename has come and waits. */
  hold(): Promise<void> {
    this.#held = new Promise((resolve) => {
      this.#letGo = resolve
    })
    return new Promise((resolve) => {
      this.#reached = resolve
    })
  }

  letGo(failing = false): void {
    this.#letGo(failing)
    this.#held = undefined
  }
}

test('a retry that comes while the first is under way, or waits for it, gets its answer when that is on disk', async () => {
  const held = new HeldDisk()
  const { side } = await open(held.disk)
  const reached = held.hold()
  const written = [vote(side, 'a'), vote(side, 'a')]
  await reached
  const gathered = [vote(side, 'b'), vote(side, 'b'), vote(side, 'a')]
  held.letGo()
  expect(await Promise.all([...written, ...gathered])).toEqual([1, 1, 2, 2, 1])
  expect(await votesOnDisk()).toBe(2)
})

test('when a write fails, so do all that wait for its answer, and the key is free again, now and later', async () => {
  const held = new HeldDisk()
  const { side } = await open(held.disk)
  expect(await vote(side, 'before')).toBe(1)
  const reached = held.hold()
  const all = [vote(side, 'a'), vote(side, 'a')]
  await reached
  all.push(...['b', 'a', 'b'].map((key) => vote(side, key)))
  held.letGo(true)
  const results = await Promise.allSettled(all)
  expect(results.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(all.map(() => 'failure'))
  // As if killed now: what failed is settled by the file that is still there.
  await expectAnswers({ before: 1 })
  expect(await vote(side, 'a')).toBe(2)
  expect(await vote(side)).toBe(3)
  await expectAnswers({ before: 1, a: 2 })
  expect(await vote(side, 'b')).toBe(4)
  expect(await votesOnDisk()).toBe(4)
})

/** What a process that opens the store now finds, with nobody's doubts. */
async function expectAnswers(expected: Record<string, number>): Promise<void> {
  const log = await AnswerLog.open(join(folder, 'store.json.outgrow', 'answers.log'))
  const store = await FileStore.open({ path, plan: sidePlan, answers: log })
  expect(Object.fromEntries([...log.all()].map(({ key, response }) => [key, Number(response)]))).toEqual(expected)
  expect([...log.doubtful()]).toEqual([])
  await store.close()
  await log.close()
}

test('a rename that reports a failure and has happened is told by the file', async () => {
  let failing = false
  const { side } = await open({
    ...realDisk,
    rename: async (from, to) => {
      await realDisk.rename(from, to)
      if (failing) throw error('EIO')
    },
  })
  failing = true
  await expect(vote(side, 'a')).rejects.toMatchObject({ code: 'failure' })
  failing = false
  await expect(vote(side, 'b')).rejects.toMatchObject({ code: 'source-changed' })
  await closeAll()
  await expectAnswers({ a: 1 })
})

test('after a failed sync of the folder it is the file that tells, when the store is opened again', async () => {
  const disk = new MercilessDisk()
  await disk.knows(path)
  const { side } = await open(disk)
  await vote(side, 'before')
  disk.failOnce('sync folder', 'EIO')
  await expect(vote(side, 'a')).rejects.toThrow('may or may not last')
  await closeAll()
  await disk.comeBack()
  await expectAnswers({ before: 1 })
  const again = await open()
  expect(await vote(again.side, 'a')).toBe(2)
})

/** A real disk that does something else before each operation on the log of answers. */
function meddling(before: (operation: 'write' | 'datasync') => Promise<void>): Disk {
  return {
    ...realDisk,
    open: async (file, flags, mode) => {
      const opened = await realDisk.open(file, flags, mode)
      if (!file.endsWith('answers.log')) return opened
      const { write, datasync } = opened
      return Object.assign(opened, {
        write: (async (...args: Parameters<typeof write>) => {
          await before('write')
          return write.apply(opened, args)
        }) as typeof write,
        datasync: async () => {
          await before('datasync')
          return datasync.call(opened)
        },
      })
    },
  }
}

test('a log that cannot take an answer stops the write before its rename', async () => {
  let failing: 'write' | 'datasync' | undefined
  const disk = meddling(async (operation) => {
    if (operation === failing) throw error(operation === 'write' ? 'ENOSPC' : 'EIO')
  })
  const { side } = await open(disk)
  failing = 'write'
  const full = { code: 'failure', message: expect.stringContaining('the disk is full') }
  await expect(vote(side, 'a')).rejects.toMatchObject(full)
  const nothing = (): Promise<void> => side.transaction({ ...act, idempotencyKey: 'n' }, async () => {})
  await expect(nothing()).rejects.toMatchObject(full)
  expect(await vote(side)).toBe(1)
  failing = undefined
  expect(await vote(side, 'a')).toBe(2)
  failing = 'datasync'
  await expect(vote(side, 'b')).rejects.toThrow('is closed, since the disk failed')
  failing = undefined
  await expect(vote(side)).rejects.toThrow('is closed, since the disk failed')
  expect(await votesOnDisk()).toBe(2)
  await closeAll()
  await expectAnswers({ a: 2 })
})

test.each(['before', 'after'])(
  'a write that found the file changed by others, %s it was announced, leaves its key free',
  async (when) => {
    let meddle = false
    const { side } = await open(
      meddling(async () => {
        if (meddle) await appendFile(path, ' ')
        meddle = false
      }),
    )
    await vote(side, 'a')
    if (when === 'before') await appendFile(path, ' ')
    else meddle = true
    await expect(vote(side, 'b')).rejects.toMatchObject({ code: 'source-changed' })
    await closeAll()
    await expectAnswers({ a: 1 })
  },
)

test('a write without a key does to the disk what it does without a log of answers', async () => {
  const disk = new MercilessDisk()
  await disk.knows(path)
  const { side } = await open(disk)
  const { length } = disk.steps
  await vote(side)
  const steps = disk.steps.splice(length)
  expect(steps).toEqual(['open wx', 'write', 'sync', 'rename', 'sync folder'])
  await vote(side, 'a')
  expect(disk.steps.splice(length)).toEqual(['open wx', 'write', 'sync', 'write', 'sync', 'rename', 'sync folder'])
  await side.transaction({ ...act, idempotencyKey: 'n' }, async () => {})
  expect(disk.steps.splice(length)).toEqual(['write', 'sync'])
  await vote(side)
  await vote(side)
  expect(disk.steps.splice(length)).toEqual([...steps, ...steps])
  await closeAll()
  await disk.comeBack()
})
