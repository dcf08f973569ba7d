import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MercilessDisk } from '../../../test/helpers/power-cut.ts'
import type { FileIdentity } from '../../jsonstore/snapshot.ts'
import type { Answer } from '../answer.ts'
import { AnswerLog, type AnswerLogOptions } from './answer-log.ts'

let folder: string
let path: string
let opened: AnswerLog[]
let now: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-answer-log-'))
  path = join(folder, 'store.json.outgrow', 'answers.log')
  opened = []
  now = 1_000_000
})

afterEach(async () => {
  for (const log of opened) await log.close()
  await rm(folder, { recursive: true })
})

async function open(options: AnswerLogOptions = {}): Promise<AnswerLog> {
  const log = await AnswerLog.open(path, { clock: () => now, ...options })
  opened.push(log)
  return log
}

/** The n-th state of a file. */
const state = (n: number): FileIdentity => ({ dev: 1n, inode: BigInt(n), size: 10n, mtimeNs: BigInt(n) })
const answer = (key: string, more: Partial<Answer> = {}): Answer => ({
  key,
  requestHash: 'h',
  response: `{"of":"${key}"}`,
  at: now,
  ...more,
})
const keys = (log: AnswerLog): string[] => [...log.all()].map(({ key }) => key)

test('answers survive, with all that belongs to them, in the order of their times', async () => {
  const log = await open()
  const odd = answer('\u{1f511} "key"', { response: '"\\ud800{\\"seq\\":1}"', requestHash: '' })
  await log.keep([answer('a'), odd])
  now += 1
  await log.keep([answer('nothing', { response: null })])
  for (const one of [log, await open()]) {
    expect([...one.all()]).toEqual([
      answer('a', { at: now - 1 }),
      { ...odd, at: now - 1 },
      answer('nothing', { response: null }),
    ])
    expect(one.find('a')).toEqual(answer('a', { at: now - 1 }))
    expect(one.find('b')).toBeUndefined()
  }
})

test.each([
  ['after', state(2), ['a'], []],
  ['before', state(1), [], []],
  ['neither', state(3), [], ['a']],
  ['on another device since the boot', { ...state(2), dev: 7n }, ['a'], []],
  ['after but touched', { ...state(2), mtimeNs: 9n }, [], ['a']],
])('an announced write is decided once by the file: %s', async (_, current, answered, doubtful) => {
  await (await open()).announce([answer('a')], state(1), state(2))
  const log = await open()
  expect([keys(log), [...log.doubtful()]]).toEqual([[], []])
  await log.decide(current)
  // What was decided is in the log: a file that is replaced later does not change it.
  const again = await open()
  await again.decide(state(8))
  for (const one of [log, again]) expect([keys(one), [...one.doubtful()]]).toEqual([answered, doubtful])
})

test('the next announcement says what became of the one before, and so does the end', async () => {
  const log = await open()
  await log.announce([answer('a')], state(1), state(2))
  log.settle('kept')
  expect(keys(log)).toEqual(['a'])
  await log.announce([answer('b')], state(2), state(3))
  log.settle('void')
  await log.announce([answer('c')], state(2), state(4))
  const cut = await open()
  await cut.decide(state(2))
  expect(keys(cut)).toEqual(['a'])
  await cut.announce([answer('d')], state(2), state(5))
  cut.settle('kept')
  await cut.close()
  opened.splice(opened.indexOf(cut), 1)
  expect(keys(await open())).toEqual(['a', 'd'])
})

test('a write without a key costs nothing, but settles the one with a key before it', async () => {
  const disk = new MercilessDisk()
  const log = await open({ disk })
  const { length } = disk.steps
  await log.announce([], state(1), state(2))
  expect(disk.steps).toHaveLength(length)
  await log.announce([answer('a')], state(2), state(3))
  log.settle('kept')
  expect(disk.steps.slice(length)).toEqual(['write', 'sync'])
  await log.announce([], state(3), state(4))
  expect(disk.steps.slice(length)).toEqual(['write', 'sync', 'write', 'sync'])
  await log.announce([], state(4), state(5))
  expect(disk.steps.slice(length)).toHaveLength(4)
  await disk.comeBack()
})

test('an answer counts for as long as it is kept, then its key is free', async () => {
  const log = await open({ keep: 1000 })
  await log.keep([answer('a')])
  now += 999
  expect(log.find('a')).toBeDefined()
  now += 1
  expect([log.find('a'), keys(log)]).toEqual([undefined, []])
  await log.keep([answer('a', { response: '2' })])
  expect((await open({ keep: 1000 })).find('a')?.response).toBe('2')
  expect(keys(await open({ keep: 0 }))).toEqual([])
})

test('kept for a day unless told otherwise', async () => {
  const log = await open()
  await log.keep([answer('a')])
  now += 24 * 60 * 60 * 1000 - 1
  expect(keys(log)).toEqual(['a'])
  now += 1
  expect(keys(log)).toEqual([])
})

test('beyond its bytes the oldest answers are forgotten, never those of the last write', async () => {
  const log = await open({ most: 1000 })
  const long = JSON.stringify('x'.repeat(300))
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    await log.keep([answer(key, { response: long })])
    now += 1
  }
  expect(keys(log)).toEqual(['c', 'd', 'e'])
  await log.keep([answer('huge', { response: JSON.stringify('x'.repeat(5000)) })])
  expect(keys(log)).toContain('huge')
  await log.keep([answer('f')])
  expect(keys(log)).toEqual(['f'])
})

test('a log whose answers are over is rewritten; those that count, the doubtful and the announced stay', async () => {
  const late = { at: now + 1_000_000 }
  await (await open()).announce([answer('doubt', late)], state(1), state(2))
  const log = await open({ keep: 1000, compactAt: 1500 })
  await log.decide(state(9))
  await log.keep([answer('stays', late)])
  let longest = 0
  for (let round = 0; round < 60; round++) {
    now += 1000
    await log.keep([answer(`k${round}`)])
    longest = Math.max(longest, (await stat(path)).size)
  }
  expect(longest).toBeLessThan(2000)
  await log.announce([answer('announced', late)], state(9), state(10))
  const again = await open({ keep: 1000, compactAt: 1 })
  const { size } = await stat(path)
  // Rewritten while a write is announced, as when the other side's answers come in before the file is opened.
  await again.adopt([answer('adopted')])
  expect((await stat(path)).size).toBeLessThan(size)
  const last = await open({ keep: 1000 })
  await last.decide(state(10))
  expect([keys(last), [...last.doubtful()]]).toEqual([['k59', 'adopted', 'stays', 'announced'], ['doubt']])
})

test('answers of the other side are taken over for good, each key once, the own first', async () => {
  await (await open()).announce([answer('doubt')], state(1), state(2))
  const log = await open({ keep: 1000 })
  await log.decide(state(9))
  await log.keep([answer('own')])
  now += 10
  await log.adopt([answer('old', { at: now - 20 }), answer('own', { response: '"theirs"' }), answer('doubt')])
  await log.adopt([answer('over', { at: now - 1000 })])
  for (const one of [log, await open({ keep: 1000 })]) {
    expect(keys(one)).toEqual(['old', 'own', 'doubt'])
    expect(one.find('own')?.response).toBe('{"of":"own"}')
    expect([...one.doubtful()]).toEqual([])
  }
})

test('cut at any byte of the last entry, the log opens with all that was before it, and goes on', async () => {
  const log = await open()
  await log.keep([answer('a')])
  const before = (await stat(path)).size
  await log.announce([answer('b'), answer('c')], state(1), state(2))
  const whole = await readFile(path)
  for (let size = before; size <= whole.length; size++) {
    await writeFile(path, whole.subarray(0, size))
    const cut = await open()
    await cut.decide(state(2))
    expect([cut.damaged, keys(cut)]).toEqual([false, size === whole.length ? ['a', 'b', 'c'] : ['a']])
    await cut.keep([answer('d')])
    expect(keys(await open())).toEqual([...keys(cut)])
  }
})

test('damage before the end is told, and no answer behind it is lost', async () => {
  const log = await open()
  await log.keep([answer('a')])
  const from = (await stat(path)).size
  await log.announce([answer('b')], state(1), state(2))
  log.settle('kept')
  const to = (await stat(path)).size
  await log.announce([answer('c')], state(2), state(3))
  log.settle('kept')
  await log.announce([answer('d')], state(3), state(4))
  const bytes = await readFile(path)
  for (const [at, doubtful] of [
    [from + 20, []],
    [to + 20, ['b']],
  ] as const) {
    const bent = Buffer.from(bytes)
    bent.writeUInt8(bent.readUInt8(at) ^ 0x40, at)
    await writeFile(path, bent)
    const damaged = await open()
    await damaged.decide(state(4))
    // What the lost entry said of `b` nobody knows; of `c`, it is the next that says it.
    expect([damaged.damaged, keys(damaged), [...damaged.doubtful()]]).toEqual([
      true,
      doubtful.length > 0 ? ['a', 'd'] : ['a', 'c', 'd'],
      doubtful,
    ])
  }
})

test('a tail of noise is cut off', async () => {
  await (await open()).keep([answer('a')])
  await appendFile(path, Buffer.concat([Buffer.alloc(64), Buffer.from('{"seq":')]))
  const log = await open()
  await log.keep([answer('b')])
  const again = await open()
  expect([again.damaged, keys(again)]).toEqual([false, ['a', 'b']])
})

test('a full disk leaves the log as it was, and it goes on when there is room', async () => {
  const disk = new MercilessDisk()
  const log = await open({ disk })
  await log.keep([answer('a')])
  disk.failOnce('write', 'ENOSPC')
  await expect(log.keep([answer('b')])).rejects.toMatchObject({
    code: 'failure',
    message: `Cannot write the answer log ${path}: the disk is full.`,
  })
  expect(log.failed).toBe(false)
  await log.keep([answer('c')])
  for (const one of [log, await open()]) expect(keys(one)).toEqual(['a', 'c'])
  await log.close()
  opened = opened.filter((one) => one !== log)
  await disk.comeBack()
})

test('after any other error of the disk nothing more is taken', async () => {
  const disk = new MercilessDisk()
  const log = await open({ disk })
  disk.failOnce('sync', 'ENOSPC')
  await expect(log.keep([answer('a')])).rejects.toMatchObject({ code: 'failure' })
  await expect(log.keep([answer('b')])).rejects.toThrow('The answer log')
  expect(log.failed).toBe(true)
  expect(keys(log)).toEqual([])
  await log.close()
  opened = []
  await disk.comeBack()
})
