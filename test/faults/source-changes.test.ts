import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import type { Failpoint } from '../../src/verbs/context.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { shop } from './documents.ts'
import { backupKinds, digests, expectDone, expectNothing, expectRefusal, runsOf, sha256 } from './outcome.ts'
import { openScene, type Scene } from './scene.ts'
import { faultServer } from './server.ts'

const server = await faultServer()
afterAll(() => server.stop())

let scene: Scene
beforeEach(async () => {
  scene = await openScene(server.url, shop(2000))
})
afterEach(() => scene.close())

/** The ways in which a service or a person may touch the file below a run. */
const WRITERS: Record<string, (file: string) => void> = {
  'replaced by rename, as LowDB writes': (file) => {
    writeFileSync(`${file}.new`, JSON.stringify(shop(2001)))
    renameSync(`${file}.new`, file)
  },
  'written in place, same length': (file) => {
    const text = readFileSync(file, 'utf8')
    const at = text.lastIndexOf('order 1999')
    writeFileSync(file, `${text.slice(0, at)}ORDER 1999${text.slice(at + 10)}`)
  },
  'written in place, longer': (file) => writeFileSync(file, JSON.stringify(shop(2002), null, 2)),
  truncated: (file) => truncateSync(file, 1000),
  emptied: (file) => truncateSync(file, 0),
  removed: (file) => rmSync(file),
}

const at = (failpoint: Failpoint, act: () => void) => {
  let done = false
  return scene.context({
    failpoint: (name) => {
      if (name !== failpoint || done) return
      done = true
      act()
    },
  })
}

for (const failpoint of ['source-read', 'backup-before', 'copying', 'loaded', 'verifying'] as const)
  for (const [how, write] of Object.entries(WRITERS))
    test(`a store ${how} at "${failpoint}" is refused as changed, and nothing is left of the run`, async () => {
      const run = migrate(
        at(failpoint, () => write(scene.file)),
        scene.request(),
      )
      await expect(run).rejects.toMatchObject({ code: 'source-changed', exit: 5 })
      await expectNothing(scene)
      expect(await runsOf(scene)).toEqual([])
      expect((await backupKinds(scene)).filter((kind) => kind !== 'before')).toEqual([])
      await expectRefusal(scene, 'migrate', 'source-changed')
    })

test('a store written in place while it is read for the first time is refused as changed, not as damaged', async () => {
  let done = false
  const context = scene.context({
    progress: () => {
      if (!done) truncateSync(scene.file, 1000)
      done = true
    },
  })
  await expect(migrate(context, scene.request())).rejects.toMatchObject({ code: 'source-changed' })
  await expectNothing(scene)
  await expectRefusal(scene, 'migrate', 'source-changed')
})

test('in a second migration the tables of the first stay, and running again takes the new file', async () => {
  await migrate(scene.context(), scene.request())
  const before = await digests(scene)
  await scene.put(shop(2100))
  const changed = at('loaded', () => writeFileSync(scene.file, JSON.stringify(shop(2200))))
  await expect(migrate(changed, scene.request())).rejects.toMatchObject({ code: 'source-changed' })
  expect(await digests(scene)).toEqual(before)
  const source = await sha256(scene.file)
  await migrate(scene.context(), scene.request())
  expect(await sha256(scene.file)).toBe(source)
  await expectDone(scene, { runs: 2 })
})
