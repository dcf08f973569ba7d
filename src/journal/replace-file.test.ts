import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { replaceFile } from './replace-file.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-replace-'))
})

afterEach(() => rm(folder, { recursive: true }))

test('a file is made, and replaced, and nothing else is left', async () => {
  const path = join(folder, 'a.md')
  await replaceFile(path, 'one')
  await Promise.all(['two', 'two'].map((text) => replaceFile(path, text)))
  expect(await readFile(path, 'utf8')).toBe('two')
  expect(await readdir(folder)).toEqual(['a.md'])
})

test('a failure leaves what was there, and no other file', async () => {
  const path = join(folder, 'a.md')
  await mkdir(join(path, 'inside'), { recursive: true })
  await expect(replaceFile(path, 'text')).rejects.toMatchObject({ syscall: 'rename' })
  expect(await readdir(folder)).toEqual(['a.md'])
  expect(await readdir(path)).toEqual(['inside'])
})
