import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSnapshot, withStableSnapshot } from './snapshot.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-snapshot-'))
  path = join(folder, 'db.json')
  await writeFile(path, '{"a":[]}')
  // A time that utimes can give back exactly: it takes no nanoseconds.
  await utimes(path, 2, 2)
})

afterEach(() => rm(folder, { recursive: true }))

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

test('a file that nobody touches is unchanged and not replaced', async () => {
  const snapshot = await openSnapshot(path)
  expect([await snapshot.unchanged(), await snapshot.replaced()]).toEqual([true, false])
  expect([snapshot.bytes, snapshot.warning]).toEqual([8, undefined])
  expect([await snapshot.hash(), await snapshot.rehash()]).toEqual([sha256('{"a":[]}'), sha256('{"a":[]}')])
  await snapshot.close()
})

test('a replacement by rename, as LowDB does it, leaves the snapshot whole and is told', async () => {
  const snapshot = await openSnapshot(path)
  await writeFile(join(folder, '.db.json.tmp'), '{"a":[1]}')
  await rename(join(folder, '.db.json.tmp'), path)
  expect([await snapshot.unchanged(), await snapshot.replaced()]).toEqual([true, true])
  expect([await snapshot.hash(), await snapshot.rehash()]).toEqual([sha256('{"a":[]}'), sha256('{"a":[1]}')])
  await rm(path)
  expect(await snapshot.replaced()).toBe(true)
  await expect(snapshot.rehash()).rejects.toMatchObject({ code: 'source-unfit', place: path })
  await snapshot.close()
})

test.each([
  ['appended to', () => appendFile(path, ' ')],
  ['cut', () => truncate(path, 3)],
  [
    'extended, with its time set back,',
    async () => {
      const { atime, mtime } = await stat(path)
      await appendFile(path, ' ')
      await utimes(path, atime, mtime)
    },
  ],
  [
    'rewritten in the same size',
    async () => {
      await writeFile(path, '{"b":[]}')
      await utimes(path, 1, 1)
    },
  ],
])('a file that is %s in place is changed', async (_, change) => {
  const snapshot = await openSnapshot(path)
  await change()
  expect([await snapshot.unchanged(), await snapshot.replaced()]).toEqual([false, false])
  await snapshot.close()
})

test('work on a file that changes below it runs again, and its result and its error of then are dropped', async () => {
  let runs = 0
  const result = await withStableSnapshot(path, async (snapshot) => {
    runs++
    if (runs < 3) await appendFile(path, ' ')
    if (runs === 1) throw new Error('half a document')
    return [runs, snapshot.bytes]
  })
  expect(result).toEqual([3, 10])
})

test('a file that never holds still is refused after three attempts', async () => {
  let runs = 0
  const failure = withStableSnapshot(path, async () => {
    runs++
    await appendFile(path, ' ')
  })
  await expect(failure).rejects.toMatchObject({ code: 'source-changed', place: path })
  expect(runs).toBe(3)
})

test('an error on a file that held still is the error of the work', async () => {
  const failure = withStableSnapshot(path, async () => {
    throw new Error('of the work')
  })
  await expect(failure).rejects.toThrow('of the work')
})

test('what is no regular file is refused and not waited for', async () => {
  execFileSync('mkfifo', [join(folder, 'fifo')])
  await symlink('nowhere', join(folder, 'dangling'))
  await symlink('loop', join(folder, 'loop'))
  const cases = { [folder]: 'a folder', '/dev/zero': 'no regular file', [join(folder, 'fifo')]: 'no regular file' }
  for (const [other, what] of Object.entries(cases)) {
    await expect(openSnapshot(other)).rejects.toMatchObject({
      code: 'source-unfit',
      message: `The store ${other} is ${what}.`,
    })
  }
  for (const name of ['absent.json', 'dangling']) {
    const absent = join(folder, name)
    await expect(openSnapshot(absent)).rejects.toMatchObject({
      code: 'source-unfit',
      message: `There is no store at ${absent}.`,
      place: absent,
    })
  }
  await expect(openSnapshot(join(folder, 'loop'))).rejects.toThrow('circle')
  await expect(openSnapshot(join(path, 'x'))).rejects.toMatchObject({ code: 'source-unfit' })
})

test.each(['.db.json.tmp', '.~db.json'])('%s beside the store is told as a leftover of LowDB', async (name) => {
  await writeFile(join(folder, name), '{')
  const snapshot = await openSnapshot(path)
  expect(snapshot.warning).toContain(join(folder, name))
  await snapshot.close()
})
