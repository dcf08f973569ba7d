import { execFileSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { startEmbedded } from '../../src/postgres/embedded.ts'
import { exportStore } from '../../src/verbs/export.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { rollback } from '../../src/verbs/rollback.ts'
import { shop } from './documents.ts'
import { backupKinds, digests, expectDone, expectNothing, expectRefusal, leftovers, runsOf, sha256 } from './outcome.ts'
import { openScene, type Scene } from './scene.ts'
import { faultServer, serverPackage } from './server.ts'

const server = await faultServer()
const mounts = new Set<string>()
let scene: Scene

beforeEach(async () => {
  scene = await openScene(server.url, shop(3000))
})

afterEach(async () => {
  for (const mount of mounts) execFileSync('umount', ['--lazy', mount])
  mounts.clear()
  await scene.close()
})

afterAll(() => server.stop())

/** Mounting takes root, which CI is; as anyone else there is no small disk to be had. */
const asRoot = test.skipIf(userInfo().uid !== 0)

async function smallDisk(name: string, kilobytes: number): Promise<string> {
  const path = join(scene.root, name)
  await mkdir(path, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=755`, 'tmpfs', path], { stdio: 'pipe' })
  } catch (cause) {
    throw new Error('this test needs to mount a tmpfs: run it as root with CAP_SYS_ADMIN (docker: --privileged)', {
      cause,
    })
  }
  mounts.add(path)
  return path
}

function grow(path: string, kilobytes: number): void {
  execFileSync('mount', ['-o', `remount,size=${kilobytes}k`, path])
}

/** Takes every byte that is left. */
function fill(disk: string): void {
  const file = openSync(join(disk, '.filler'), 'w')
  const block = Buffer.alloc(4096)
  try {
    for (;;) writeSync(file, block)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}

const full = {
  code: 'failure',
  message: expect.stringContaining('the disk is full'),
  next: expect.stringContaining('Free'),
}

asRoot('no room for the backup before: refused before anything, and done once there is room', async () => {
  const backups = await smallDisk('backups', 256)
  await expect(migrate(scene.context(), scene.request())).rejects.toMatchObject(full)
  await expectNothing(scene)
  await expectRefusal(scene, 'migrate', 'failure', 'failed')
  grow(backups, 64_000)
  await migrate(scene.context(), scene.request())
  await expectDone(scene, { runs: 1 })
})

asRoot('no room for the backup after, found while verifying: rolled back, and done once there is room', async () => {
  const { size } = await stat(scene.file)
  const backups = await smallDisk('backups', Math.ceil(size / 1024) + 128)
  await expect(migrate(scene.context(), scene.request())).rejects.toMatchObject(full)
  await expectNothing(scene)
  expect(await backupKinds(scene)).toEqual(['before'])
  grow(backups, 64_000)
  await migrate(scene.context(), scene.request())
  await expectDone(scene, { runs: 1 })
})

for (const [place, left] of [
  ['backups', 'the backup after'],
  ['pages', 'the pages'],
] as const)
  asRoot(`no room for ${left} behind the commit: told, and ended by the next run`, async () => {
    const disk = await smallDisk(place, 64_000)
    const filling = scene.context({ failpoint: (name) => void (name === 'before-commit' && fill(disk)) })
    await expect(migrate(filling, scene.request())).rejects.toMatchObject(full)
    expect(await runsOf(scene)).toHaveLength(1)
    expect(await leftovers(scene)).toEqual([])
    await rm(join(disk, '.filler'))
    expect((await migrate(scene.context(), scene.request())).status).toBe('unchanged')
    await expectDone(scene, { runs: 1 })
  })

asRoot('no room for temporary files: a migration is rolled back, a rollback changes nothing', async () => {
  const work = await smallDisk('work', 16)
  const first = scene.act((context) => migrate(context, scene.request()))
  await expect(first).rejects.toThrow(/ENOSPC|disk is full/)
  await expectNothing(scene)
  grow(work, 64_000)
  await migrate(scene.context(), scene.request())
  const before = await digests(scene)
  grow(work, 16)
  await expect(scene.act((context) => rollback(context, 'shop', { owner: 'ops' }))).rejects.toMatchObject(full)
  expect(await digests(scene)).toEqual(before)
  grow(work, 64_000)
  await expectDone(scene, { runs: 1 })
})

asRoot(
  'no room for an export: the former file stands, nothing lies beside it, and it is done once there is room',
  async () => {
    await migrate(scene.context(), scene.request())
    const disk = await smallDisk('exports', 256)
    const out = join(disk, 'db.json')
    await writeFile(out, 'former')
    await expect(exportStore(scene.context(), 'shop', out)).rejects.toMatchObject(full)
    expect(await readFile(out, 'utf8')).toBe('former')
    expect(await readdir(disk)).toEqual(['db.json'])
    grow(disk, 64_000)
    await exportStore(scene.context(), 'shop', out)
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(JSON.parse(await readFile(scene.file, 'utf8')))
  },
)

asRoot(
  'no room for the data of PostgreSQL: its error is told, all is rolled back, and the server goes on',
  async () => {
    const disk = await smallDisk('server', 160_000)
    // Without WAL for tables that are new in their transaction it is the data that meet the end of the disk, not the log.
    const settings = { wal_level: 'minimal', max_wal_senders: '0', max_wal_size: '64MB' }
    const small = await startEmbedded({ dir: join(disk, 'postgres'), version: serverPackage(), settings })
    const there = await openScene(small.url, shop(300, { blobs: blobs(110) }))
    const source = await sha256(there.file)
    await expect(migrate(there.context(), there.request())).rejects.toThrow(/No space left on device/)
    await expectNothing(there)
    await expectRefusal(there, 'migrate', 'failure', 'failed')
    expect(await sha256(there.file)).toBe(source)
    await there.put(shop(300))
    await migrate(there.context(), there.request())
    await expectDone(there, { runs: 1 })
    await there.close()
    await small.stop()
  },
)

/** Records of a megabyte each that do not compress. */
function blobs(count: number): { id: number; text: string }[] {
  let state = 1
  return Array.from({ length: count }, (_, id) => {
    const words = new Uint32Array(196_608)
    for (let i = 0; i < words.length; i++) words[i] = state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return { id, text: Buffer.from(words.buffer).toString('base64') }
  })
}
