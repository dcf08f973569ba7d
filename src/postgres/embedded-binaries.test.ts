import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { copyBinaries, findBinaries, linkLibraries } from './embedded-binaries.ts'

const root = await mkdtemp(join(tmpdir(), 'outgrow-binaries-'))
afterAll(() => rm(root, { recursive: true }))

test('the links that npm does not store are made, by two at once and again', async () => {
  await mkdir(join(root, 'native', 'lib'), { recursive: true })
  await writeFile(join(root, 'native', 'lib', 'libx.so.1.2'), 'x')
  const list = ['libx.so', 'libx.so.1'].map((name) => ({
    source: 'native/lib/libx.so.1.2',
    target: `native/lib/${name}`,
  }))
  await writeFile(join(root, 'native', 'pg-symlinks.json'), JSON.stringify(list))
  await Promise.all([linkLibraries(root), linkLibraries(root)])
  await linkLibraries(root)
  expect(await readlink(join(root, 'native', 'lib', 'libx.so'))).toBe('libx.so.1.2')
  expect(await readFile(join(root, 'native', 'lib', 'libx.so.1'), 'utf8')).toBe('x')
})

test('a copy of the binaries runs, is made once, and by two at once', async () => {
  const found = await findBinaries()
  const folder = join(root, 'copies')
  const [one, two] = await Promise.all([copyBinaries(found, folder), copyBinaries(found, folder)])
  expect(two).toEqual(one)
  expect(one.native.startsWith(folder)).toBe(true)
  expect(execFileSync(one.postgres, ['--version'], { encoding: 'utf8' })).toContain(`PostgreSQL) ${found.major}.`)
  expect(await copyBinaries({ ...found, native: '/nowhere' }, folder)).toEqual(one)
})
