import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { type Embedded, startEmbedded } from '../../src/postgres/embedded.ts'
import { freePort } from '../../src/postgres/postmaster.ts'
import type { Failpoint } from '../../src/verbs/context.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { rollback } from '../../src/verbs/rollback.ts'
import { shop } from './documents.ts'
import { digests, expectDone, expectNothing, expectUndone } from './outcome.ts'
import { openScene, type Scene } from './scene.ts'
import { quickFolder, serverPackage } from './server.ts'

const root = await mkdtemp(join(await quickFolder(), 'outgrow-killed-'))
await chmod(root, 0o755)
const port = await freePort()
const dir = join(root, 'postgres')
const startServer = (): Promise<Embedded> => startEmbedded({ dir, port, version: serverPackage() })

let server = await startServer()
let scene: Scene
beforeEach(async () => {
  scene = await openScene(server.url, shop(3000))
})
afterEach(() => scene.close())
afterAll(async () => {
  await server.stop()
  await rm(root, { recursive: true })
})

/** How a server dies: `immediate` as with `pg_ctl stop -m immediate`, `killed` as by the kernel when memory runs out. */
const DEATHS: Record<string, (postmaster: number) => void> = {
  immediate: (postmaster) => {
    process.kill(postmaster, 'SIGQUIT')
    // The hook is not async, and the run must not come to its next statement before its backend is gone.
    while (isThere(postmaster));
  },
  killed: (postmaster) => {
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(postmaster)], { encoding: 'utf8' })
    const backends = children.trim().split(/\s+/).map(Number)
    process.kill(postmaster, 'SIGKILL')
    for (const pid of backends) killIfThere(pid)
    // As long as one of them holds the shared memory, no other server starts on these data.
    while ([postmaster, ...backends].some(isThere));
  },
}

/** A zombie, which nobody may have collected, is not. */
function isThere(pid: number): boolean {
  return /^[^Z]/.test(spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).stdout)
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A context whose server dies at the failpoint; `restarted` is the next one, which is started at that moment. */
function dying(death: string, failpoint: string) {
  let restarting: Promise<Embedded> | undefined
  const hook = {
    failpoint: (name: Failpoint) => {
      if (name !== failpoint || restarting) return
      DEATHS[death]?.(Number(readFileSync(join(dir, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]))
      restarting = startServer()
    },
  }
  const restarted = async (): Promise<void> => {
    if (restarting === undefined) throw new Error(`the run never came to ${failpoint}`)
    const former = server
    server = await restarting
    await former.stop()
  }
  return { hook, restarted }
}

for (const death of Object.keys(DEATHS)) {
  for (const failpoint of ['source-read', 'copying', 'copied', 'verifying', 'before-commit'])
    test(`server ${death} at "${failpoint}" of a migration: nothing is committed, and the next run does it`, async () => {
      const { hook, restarted } = dying(death, failpoint)
      await expect(scene.act((context) => migrate(context, scene.request()), hook)).rejects.toBeInstanceOf(Error)
      await restarted()
      await expectNothing(scene)
      expect((await migrate(scene.context(), scene.request())).status).toBe('committed')
      await expectDone(scene, { runs: 1 })
    })

  test(`server ${death} right after the commit of a migration: the next run ends it`, async () => {
    const { hook, restarted } = dying(death, 'committed')
    await expect(scene.act((context) => migrate(context, scene.request()), hook)).rejects.toBeInstanceOf(Error)
    await restarted()
    expect((await migrate(scene.context(), scene.request())).status).toBe('unchanged')
    await expectDone(scene, { runs: 1 })
  })

  test(`server ${death} before the commit of a rollback: the tables stay, and the next one undoes them`, async () => {
    await migrate(scene.context(), scene.request())
    const before = await digests(scene)
    const { hook, restarted } = dying(death, 'before-commit')
    await expect(scene.act((context) => rollback(context, 'shop', { owner: 'ops' }), hook)).rejects.toBeInstanceOf(
      Error,
    )
    await restarted()
    expect(await digests(scene)).toEqual(before)
    await rollback(scene.context(), 'shop', { owner: 'ops' })
    await expectNothing(scene)
    await expectUndone(scene, { inForce: 0, undone: 1 })
  })
}
