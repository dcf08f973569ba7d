import { execFileSync } from 'node:child_process'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeDurably, writeTextDurably } from './durable.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-durable-'))
})

afterEach(() => rm(folder, { recursive: true }))

test('what is written in pieces of any size is what the file holds', async () => {
  const whole = Buffer.from(Array.from({ length: 5_000_000 }, (_, i) => (i * 7 + (i >> 8)) & 255))
  const path = join(folder, 'a.bin')
  await writeDurably(path, async (sink) => {
    const piece = Buffer.alloc(2_500_000)
    for (let at = 0, size = 1; at < whole.length; at += size, size = ((size * 31) % 2_500_000) + 1) {
      // The same buffer again and again: the sink must have copied what it took.
      const count = whole.copy(piece, 0, at, Math.min(at + size, whole.length))
      await sink.write(piece.subarray(0, count))
    }
  })
  expect((await readFile(path)).equals(whole)).toBe(true)
  expect(await readdir(folder)).toEqual(['a.bin'])
})

test('a write of no bytes makes an empty file', async () => {
  await writeTextDurably(join(folder, 'empty'), '')
  expect((await stat(join(folder, 'empty'))).size).toBe(0)
})

test('when writing fails half-way, the old file stands and nothing else is left', async () => {
  const path = join(folder, 'a.json')
  await writeFile(path, 'old')
  const failure = writeDurably(path, async (sink) => {
    await sink.write(Buffer.alloc(3_000_000))
    throw new Error('half-way')
  })
  await expect(failure).rejects.toThrow('half-way')
  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(folder)).toEqual(['a.json'])
})

test('an existing file keeps its mode; its content is replaced as a whole', async () => {
  const path = join(folder, 'a.json')
  await writeFile(path, 'old and longer')
  await chmod(path, 0o640)
  const inode = (await stat(path)).ino
  await writeTextDurably(path, 'new')
  expect((await stat(path)).mode & 0o7777).toBe(0o640)
  expect((await stat(path)).ino).not.toBe(inode)
  expect(await readFile(path, 'utf8')).toBe('new')
})

test('a symbolic link stays one, and its target is written, present or not', async () => {
  await mkdir(join(folder, 'real'))
  await symlink(join('real', 'b.json'), join(folder, 'b.json'))
  for (const text of ['first', 'second']) {
    await writeTextDurably(join(folder, 'b.json'), text)
    expect((await lstat(join(folder, 'b.json'))).isSymbolicLink()).toBe(true)
    expect(await readFile(join(folder, 'real', 'b.json'), 'utf8')).toBe(text)
  }
  expect(await readdir(join(folder, 'real'))).toEqual(['b.json'])
})

test('a missing folder, a folder in the place of the file, and a circle of links are refused by path', async () => {
  const missing = join(folder, 'no', 'a.json')
  await expect(writeTextDurably(missing, 'x')).rejects.toMatchObject({
    code: 'failure',
    message: `Cannot write ${missing}: the folder ${join(folder, 'no')} does not exist.`,
    place: missing,
  })
  await expect(writeTextDurably(folder, 'x')).rejects.toThrow(
    `Cannot write ${folder}: it is there, and is no regular file.`,
  )
  await symlink('c2', join(folder, 'c1'))
  await symlink('c1', join(folder, 'c2'))
  await expect(writeTextDurably(join(folder, 'c1'), 'x')).rejects.toThrow('lead in a circle')
})

test('text that UTF-8 cannot hold is refused before anything is written', async () => {
  await expect(writeTextDurably(join(folder, 'a'), 'a\ud800')).rejects.toThrow('half a surrogate pair')
  expect(await readdir(folder)).toEqual([])
})

test('a sink refuses a write before the one before it was waited for', async () => {
  const failure = writeDurably(join(folder, 'a'), async (sink) => {
    const first = sink.write(Buffer.alloc(3_000_000))
    try {
      sink.write(Buffer.alloc(1))
    } finally {
      await first
    }
  })
  await expect(failure).rejects.toThrow('waited for')
})

test('a full disk is told with the path, and leaves the old file and nothing else', async ({ skip }) => {
  if (!mountSmall(folder)) skip('needs the right to mount')
  try {
    const path = join(folder, 'a.json')
    await writeFile(path, 'old')
    const failure = writeDurably(path, async (sink) => {
      for (let i = 0; i < 8; i++) await sink.write(Buffer.alloc(1 << 20))
    })
    await expect(failure).rejects.toMatchObject({
      code: 'failure',
      message: `Cannot write ${path}: the disk is full.`,
      place: path,
    })
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['a.json'])
  } finally {
    execFileSync('umount', [folder])
  }
})

function mountSmall(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'outgrow-test', path], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error && ('status' in error || 'code' in error)) return false
    throw error
  }
}
