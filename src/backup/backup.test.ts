import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyStore } from './copy-store.ts'
import { partialName, storeFolder } from './folder.ts'
import { listBackups } from './list-backups.ts'
import { backupName, pathSafe } from './names.ts'
import { type BackupHead, type BackupOptions, openBackup } from './open-backup.ts'
import { removeBackup } from './remove-backup.ts'
import { restoreStoreFile } from './restore.ts'
import { verifyBackup } from './verify-backup.ts'
import { thisWriter } from './writer-process.ts'

const STORE = 'Idea Bank'
const head = (more: Partial<BackupHead> = {}): BackupHead => ({
  store: STORE,
  kind: 'before',
  run: '1a2b3c4d-5e6f',
  ...more,
})

let root: string
let source: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outgrow-backup-'))
  source = join(root, "it's db.json")
  await writeFile(source, `{"ideas":[${'{"id":"1"},'.repeat(300_000)}{"id":"2"}]}`)
})

afterEach(() => rm(root, { recursive: true }))

async function backUp(options: BackupOptions = {}, more: Partial<BackupHead> = {}) {
  const writer = await openBackup(root, head(more), options)
  return writer.finish(await copyStore(writer, { path: source }))
}

test('a finished backup holds the store byte for byte, verifies, and restores it', async () => {
  const { path, manifest } = await backUp({ tool: 'outgrow test' }, { note: 'first' })
  expect((await readdir(path)).sort()).toEqual(['SHA256SUMS', 'manifest.json', 'store.json'])
  expect((await readFile(join(path, 'store.json'))).equals(await readFile(source))).toBe(true)
  expect(manifest).toMatchObject({ store: STORE, kind: 'before', tool: 'outgrow test', note: 'first', previous: null })
  expect(manifest.restore).toContain(`cp store.json '${source.replaceAll("'", "'\\''")}'`)
  expect(await verifyBackup(path)).toMatchObject({ files: 1, problems: [], notes: [], manifest })
  await restoreStoreFile(path, join(root, 'back.json'))
  expect((await readFile(join(root, 'back.json'))).equals(await readFile(source))).toBe(true)
})

test('an unfinished backup is partial in the list, and discard leaves nothing of it', async () => {
  const writer = await openBackup(root, head())
  const file = await writer.file('store.json')
  await file.write(Buffer.alloc(3_000_000))
  expect((await listBackups(root, STORE)).map((one) => one.state)).toEqual(['partial'])
  await writer.discard()
  await writer.discard()
  expect(await listBackups(root, STORE)).toEqual([])
})

test('a backup with a file still open cannot be finished', async () => {
  const writer = await openBackup(root, head())
  await writer.file('store.json')
  await expect(writer.finish({})).rejects.toThrow('before its last file was closed')
  await writer.discard()
})

test('a store that is not what was read before is refused', async () => {
  const writer = await openBackup(root, head())
  const copy = copyStore(writer, { path: source }, { expectedSha256: '0'.repeat(64) })
  await expect(copy).rejects.toMatchObject({ code: 'source-changed', place: source })
  await writer.discard()
})

test('a store whose copy is damaged on its way to the disk is not backed up', async () => {
  const writer = await openBackup(root, head())
  const file = async (name: string) => {
    const inner = await writer.file(name)
    const close = async (rows?: number) => {
      const content = await inner.close(rows)
      await edit(join(writer.path, name), flip)
      return content
    }
    return { ...inner, close }
  }
  const copy = copyStore({ ...writer, file }, { path: source })
  await expect(copy).rejects.toMatchObject({ code: 'backup-damaged', place: join(writer.path, 'store.json') })
  await writer.discard()
})

test('a copy that does not read back as written is found', async () => {
  const writer = await openBackup(root, head())
  const file = await writer.file('a.txt')
  await file.write(Buffer.from('abc'))
  const content = await file.close()
  await writer.readBack('a.txt', content)
  await writeFile(join(writer.path, 'a.txt'), 'abd')
  await expect(writer.readBack('a.txt', content)).rejects.toMatchObject({ code: 'backup-damaged' })
  await writer.discard()
})

test('what a dead writer left is cleared by the next backup of the store; what a living one writes stays', async () => {
  const writer = await openBackup(root, head())
  const folder = storeFolder(root, STORE)
  const [place, pid, start] = (await thisWriter()).split('-')
  const name = backupName({ created: new Date(), kind: 'before', run: 'dead' })
  const dead = partialName(name, `${place}-${pid}-${Number(start) + 1}`)
  const elsewhere = partialName(name, 'ffffffff-1-1')
  const forsaken = partialName(name, 'eeeeeeee-1-1')
  for (const one of [dead, elsewhere, forsaken, 'mine.partial']) await mkdir(join(folder, one))
  const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000)
  await utimes(join(folder, forsaken), longAgo, longAgo)
  const second = await openBackup(root, head())
  const left = await readdir(folder)
  for (const one of [writer.path, second.path]) expect(left.some((entry) => one.endsWith(entry))).toBe(true)
  expect(left).toEqual(expect.arrayContaining([elsewhere, 'mine.partial']))
  expect(left).not.toEqual(expect.arrayContaining([dead]))
  expect(left).not.toEqual(expect.arrayContaining([forsaken]))
  await Promise.all([writer.discard(), second.discard()])
})

test('names rise and the chain holds when the clock is set back', async () => {
  const first = await backUp({ now: () => new Date('2031-01-01T00:00:00Z') })
  const second = await backUp({ now: () => new Date('2030-01-01T00:00:00Z') }, { kind: 'after' })
  const third = await backUp({ now: () => new Date('2030-01-01T00:00:00Z') }, { kind: 'manual' })
  expect(second.manifest.previous).toEqual({ name: first.manifest.name, manifest_sha256: first.manifestSha256 })
  expect(third.manifest.previous?.name).toBe(second.manifest.name)
  expect((await listBackups(root, STORE)).map((one) => one.kind)).toEqual(['before', 'after', 'manual'])
  for (const { path } of [first, second, third]) expect((await verifyBackup(path)).problems).toEqual([])
})

test('a predecessor that retention removed is a note', async () => {
  const first = await backUp()
  const second = await backUp()
  await removeBackup(first.path)
  await removeBackup(first.path)
  expect(await readdir(storeFolder(root, STORE))).toEqual([second.manifest.name])
  expect(await verifyBackup(second.path)).toMatchObject({
    problems: [],
    notes: [`The backup before it, ${first.manifest.name}, is not there any more.`],
  })
})

test('stores whose names differ never share a folder, and no name leads out of the root', () => {
  const names = [
    '..',
    '.',
    '',
    '/',
    'a/b',
    'a%2Fb',
    'é',
    'e\u0301',
    'x'.repeat(300),
    'x'.repeat(301),
    '.a',
    'a\0',
    '\ud800',
  ]
  const folders = names.map(pathSafe)
  expect(new Set(folders).size).toBe(names.length)
  for (const folder of folders) expect(folder).toMatch(/^[A-Za-z0-9_%-][A-Za-z0-9._%-]*$/)
  expect(pathSafe('a/b')).not.toBe(pathSafe('a%2Fb'))
})

test.each(['../x', '/x', 'a/../x', '', '.x', 'a//b', 'a\nb'])('a backup takes no file of the name %j', async (name) => {
  const writer = await openBackup(root, head())
  await expect(writer.file(name)).rejects.toMatchObject({ code: 'failure' })
  await writer.discard()
})

test('a file of a backup is written once', async () => {
  const writer = await openBackup(root, head())
  await (await writer.file('a')).close()
  await expect(writer.file('a')).rejects.toMatchObject({ code: 'failure' })
  await writer.discard()
})

/** Three files of one size, so that only their content tells them apart. */
async function planted(options: BackupOptions = {}) {
  const writer = await openBackup(root, head(), options)
  for (const name of ['tables/a.copy', 'tables/b.copy', 'tables/c.copy']) {
    const file = await writer.file(name)
    await file.write(Buffer.alloc(2_500_000, name))
    await file.close(1)
  }
  return writer.finish(await copyStore(writer, { path: source }))
}

async function edit(path: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  await writeFile(path, change(await readFile(path)))
}

const flip = (bytes: Buffer, at = bytes.length >> 1): Buffer => {
  bytes[at] = (bytes[at] as number) ^ 1
  return bytes
}

const sealing: BackupOptions = { key: { key: randomBytes(32), keyId: 'key-1' } }

test.each([
  ['in clear', {}, ''],
  ['encrypted', sealing, '.enc'],
] as const)('each kind of damage is found with its file: %s', async (_, options, ending) => {
  const { path, manifestSha256 } = await planted(options)
  const sample = await mkdtemp(join(root, 'sample-'))
  const a = `tables/a.copy${ending}`
  const b = `tables/b.copy${ending}`
  const manifest = `manifest.json${ending}`
  const damage: [string, (p: string) => Promise<unknown>, string[]][] = [
    ['nothing', async () => {}, []],
    ['a flipped bit', (p) => edit(join(p, a), flip), [`content ${a}`]],
    ['a flipped last bit', (p) => edit(join(p, a), (x) => flip(x, x.length - 1)), [`content ${a}`]],
    ['a cut file', (p) => edit(join(p, a), (x) => x.subarray(0, -1)), [`size ${a}`]],
    ['a longer file', (p) => edit(join(p, a), (x) => Buffer.concat([x, Buffer.from('\n')])), [`size ${a}`]],
    ['an empty file', (p) => writeFile(join(p, a), ''), [`size ${a}`]],
    ['a missing file', (p) => rm(join(p, a)), [`missing ${a}`]],
    ['a file too many', (p) => writeFile(join(p, 'tables/d'), ''), ['unexpected tables/d']],
    ['swapped files', (p) => swap(join(p, a), join(p, b)), [`swapped ${a}`, `swapped ${b}`]],
    ['a cut manifest', (p) => edit(join(p, manifest), (x) => x.subarray(0, -40)), [`manifest ${manifest}`]],
    ['a missing manifest', (p) => rm(join(p, manifest)), ['missing manifest.json']],
    ['missing sums', (p) => rm(join(p, 'SHA256SUMS')), [`manifest ${manifest}`]],
    ['an edited sum', (p) => edit(join(p, 'SHA256SUMS'), (x) => flip(x, 3)), ['manifest ']],
  ]
  for (const [what, plant, expected] of damage) {
    const copy = join(sample, path.slice(path.lastIndexOf('/') + 1))
    await copyFolder(path, copy)
    await plant(copy)
    const found = (await verifyBackup(copy, { ...options, manifestSha256 })).problems
    const told = found.map((one) => `${one.problem} ${one.file}`)
    for (const one of expected)
      expect(
        told.some((entry) => entry.startsWith(one)),
        `${what}: ${told}`,
      ).toBe(true)
    expect(told.length > 0, `${what}: ${told}`).toBe(expected.length > 0)
    await rm(copy, { recursive: true })
  }
})

test('a manifest edited together with its sums is found by the record of it, and by the backup after it', async () => {
  const { path, manifestSha256 } = await planted()
  const forge = async (): Promise<void> => {
    const text = (await readFile(join(path, 'manifest.json'), 'utf8')).replace('"rows": 1', '"rows": 2')
    await writeFile(join(path, 'manifest.json'), text)
    const sum = createHash('sha256').update(text).digest('hex')
    await edit(join(path, 'SHA256SUMS'), (x) =>
      Buffer.from(x.toString().replace(/[0-9a-f]{64} {2}manifest/, `${sum}  manifest`)),
    )
  }
  const after = await backUp()
  expect((await verifyBackup(path)).problems).toEqual([])
  await forge()
  expect((await verifyBackup(path)).problems.map((one) => one.problem)).toEqual(['chain'])
  expect((await verifyBackup(after.path)).problems.map((one) => one.problem)).toEqual(['chain'])
  await removeBackup(after.path)
  expect((await verifyBackup(path)).problems).toEqual([])
  expect((await verifyBackup(path, { manifestSha256 })).problems.map((one) => one.problem)).toEqual(['manifest'])
})

test('a whole backup under the name of another is found', async () => {
  const first = await planted()
  const second = await planted()
  await rm(second.path, { recursive: true })
  await rename(first.path, second.path)
  const told = (await verifyBackup(second.path)).problems.map((one) => one.problem)
  expect(told).toEqual(['manifest'])
})

test('an edited manifest is told by the list and found by verify', async () => {
  const { path } = await backUp()
  await edit(join(path, 'manifest.json'), (x) => Buffer.from(x.toString().replace('"before"', '"manual"')))
  expect((await listBackups(root, STORE)).map((one) => one.state)).toEqual(['damaged-manifest'])
  expect((await verifyBackup(path)).problems).toEqual([
    { file: 'manifest.json', problem: 'manifest', message: expect.stringContaining('it was edited') },
  ])
})

test('a damaged backup is not restored, and the target stays as it was; damage elsewhere does not keep the store', async () => {
  const { path } = await planted()
  await edit(join(path, 'tables/a.copy'), flip)
  await restoreStoreFile(path, join(root, 'back.json'))
  await writeFile(join(root, 'back.json'), 'mine')
  await edit(join(path, 'store.json'), flip)
  const failure = restoreStoreFile(path, join(root, 'back.json'))
  await expect(failure).rejects.toMatchObject({
    code: 'backup-damaged',
    message: expect.stringContaining('cannot be restored'),
    place: `${path}/store.json`,
  })
  expect(await readFile(join(root, 'back.json'), 'utf8')).toBe('mine')
})

async function swap(a: string, b: string): Promise<void> {
  await rename(a, `${a}.x`)
  await rename(b, a)
  await rename(`${a}.x`, b)
}

async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true })
}

test('kill -9 while a backup is written leaves a partial one, which the next backup clears', async () => {
  const script = join(root, 'writer.mts')
  const open = new URL('./open-backup.ts', import.meta.url).pathname
  await writeFile(
    script,
    `const { openBackup } = await import(${JSON.stringify(open)})
     const writer = await openBackup(${JSON.stringify(root)}, { store: ${JSON.stringify(STORE)}, kind: 'before', run: 'killed' })
     const file = await writer.file('store.json')
     await file.write(Buffer.alloc(3_000_000))
     console.log('written')
     setInterval(() => {}, 1000)
     export {}`,
  )
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const alive = await openBackup(root, head())
  expect((await listBackups(root, STORE)).map((one) => one.run)).toContain('killed')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect((await listBackups(root, STORE)).map((one) => [one.run, one.state])).toContainEqual(['killed', 'partial'])
  const next = await openBackup(root, head())
  expect((await listBackups(root, STORE)).map((one) => one.run)).not.toContain('killed')
  await Promise.all([alive.discard(), next.discard()])
})
