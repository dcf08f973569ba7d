import { afterAll, beforeAll, expect, test } from 'vitest'
import { MIGRATE_FAILPOINTS } from '../../src/verbs/context.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { shop } from './documents.ts'
import { backupKinds, digests, expectDone, sessionsGone, sha256 } from './outcome.ts'
import { openScene, run, type Scene } from './scene.ts'
import { faultServer } from './server.ts'

const server = await faultServer()
afterAll(() => server.stop())

const FIRST = shop(500)
const SECOND = shop(600, { extra: [{ id: 'e1', at: '2024-05-06' }] })

let undisturbed: { first: Record<string, string>; second: Record<string, string> }

beforeAll(async () => {
  const scene = await openScene(server.url, FIRST)
  await migrate(scene.context(), scene.request())
  const first = await digests(scene)
  await scene.put(SECOND)
  await migrate(scene.context(), scene.request())
  undisturbed = { first, second: await digests(scene) }
  await expectDone(scene, { runs: 2 })
  await scene.close()
})

/** Kills a migration at the failpoint, looks at what is left, and runs it again. */
async function killedAndRepeated(scene: Scene, failpoint: (typeof MIGRATE_FAILPOINTS)[number]): Promise<void> {
  const source = await sha256(scene.file)
  const killed = await run(scene, { verb: 'migrate', request: scene.request(), failpoint })
  expect(killed).toMatchObject({ signal: 'SIGKILL', stderr: '' })
  await sessionsGone(scene)
  const again = await scene.act((context) => migrate(context, scene.request()))
  const committed = MIGRATE_FAILPOINTS.indexOf(failpoint) >= MIGRATE_FAILPOINTS.indexOf('committed')
  expect(again.status).toBe(committed ? 'unchanged' : 'committed')
  expect(await sha256(scene.file)).toBe(source)
}

for (const failpoint of MIGRATE_FAILPOINTS) {
  test(`kill -9 at "${failpoint}", in the first migration and in one of a changed file`, async () => {
    const scene = await openScene(server.url, FIRST)
    await killedAndRepeated(scene, failpoint)
    expect(await digests(scene)).toEqual(undisturbed.first)
    await expectDone(scene, { runs: 1 })
    await scene.put(SECOND)
    await killedAndRepeated(scene, failpoint)
    expect(await digests(scene)).toEqual(undisturbed.second)
    await expectDone(scene, { runs: 2 })
    expect((await backupKinds(scene)).filter((kind) => kind === 'after')).toHaveLength(2)
    await scene.close()
  })
}
