import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROLLBACK_FAILPOINTS } from '../../src/verbs/context.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { rollback } from '../../src/verbs/rollback.ts'
import { shop } from './documents.ts'
import { backupKinds, digests, expectNothing, expectUndone, leftovers, sessionsGone, sha256 } from './outcome.ts'
import { openScene, run, type Scene } from './scene.ts'
import { faultServer } from './server.ts'

const server = await faultServer()
afterAll(() => server.stop())

const FIRST = shop(600)
const SECOND = shop(800, { extra: [{ id: 'e1', at: '2024-05-06' }] })

let afterFirst: Record<string, string>

beforeAll(async () => {
  const scene = await openScene(server.url, FIRST)
  await migrate(scene.context(), scene.request())
  afterFirst = await digests(scene)
  await scene.close()
})

/** Kills a rollback at the failpoint and runs it again, which ends it and undoes nothing more. */
async function killedAndRepeated(scene: Scene, failpoint: (typeof ROLLBACK_FAILPOINTS)[number]) {
  const killed = await run(scene, { verb: 'rollback', name: 'shop', options: { owner: 'ops' }, failpoint })
  expect(killed).toMatchObject({ signal: 'SIGKILL', stderr: '' })
  await sessionsGone(scene)
  return scene.act((context) => rollback(context, 'shop', { owner: 'ops' }))
}

for (const failpoint of ROLLBACK_FAILPOINTS) {
  test(`kill -9 of a rollback at "${failpoint}", of the second run and of the only one`, async () => {
    const scene = await openScene(server.url, FIRST)
    const first = await migrate(scene.context(), scene.request())
    await scene.put(SECOND)
    const second = await migrate(scene.context(), scene.request())
    const source = await sha256(scene.file)

    const undone = await killedAndRepeated(scene, failpoint)
    expect(undone).toMatchObject({ undone: [second.run], now: { run: first.run } })
    expect(JSON.parse(await readFile(undone.export ?? '', 'utf8'))).toEqual(SECOND)
    expect(await digests(scene)).toEqual(afterFirst)
    await expectUndone(scene, { inForce: 1, undone: 1 })

    const last = await killedAndRepeated(scene, failpoint)
    expect(last).toMatchObject({ undone: [first.run], now: 'absent' })
    expect(JSON.parse(await readFile(last.export ?? '', 'utf8'))).toEqual(FIRST)
    await expectNothing(scene)
    await expectUndone(scene, { inForce: 0, undone: 2 })
    expect(await sha256(scene.file)).toBe(source)
    await scene.close()
  })
}

test('a rollback that was ended is not ended again: the next one undoes the next run', async () => {
  const scene = await openScene(server.url, FIRST)
  const first = await migrate(scene.context(), scene.request())
  await scene.put(SECOND)
  const second = await migrate(scene.context(), scene.request())
  expect((await rollback(scene.context(), 'shop', { owner: 'ops' })).undone).toEqual([second.run])
  const again = rollback(scene.context(), 'shop', { owner: 'ops', run: second.run ?? '' })
  await expect(again).rejects.toMatchObject({ code: 'nothing-to-undo' })
  expect((await rollback(scene.context(), 'shop', { owner: 'ops' })).undone).toEqual([first.run])
  await expect(rollback(scene.context(), 'shop', { owner: 'ops' })).rejects.toMatchObject({ code: 'nothing-to-undo' })
  expect(await leftovers(scene)).toEqual([])
  expect(await backupKinds(scene)).toEqual(['before', 'after', 'before', 'after', 'pre-rollback', 'pre-rollback'])
  expect(await readFile(join(scene.root, 'pages', 'README.md'), 'utf8')).toContain('Roll back shop')
  await scene.close()
})
