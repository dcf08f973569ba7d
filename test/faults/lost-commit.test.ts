import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../../src/verbs/migrate.ts'
import { rollback } from '../../src/verbs/rollback.ts'
import { proxyTo, type TcpProxy, type Treatment } from '../helpers/proxy.ts'
import { shop } from './documents.ts'
import { expectDone, expectNothing, expectUndone, sessionsGone } from './outcome.ts'
import { openScene, type Scene } from './scene.ts'
import { faultServer } from './server.ts'

const server = await faultServer()
afterAll(() => server.stop())

let scene: Scene
let proxy: TcpProxy
beforeEach(async () => {
  scene = await openScene(server.url, shop(300))
  proxy = await proxyTo(scene.url)
})
afterEach(async () => {
  await proxy.close()
  await scene.close()
})

/** A context behind the proxy, which breaks the connection at the COMMIT of the run and at no other. */
const breaking = (treatment: Treatment) =>
  scene.context({
    url: proxy.url,
    failpoint: (name) => {
      if (name === 'before-commit') proxy.treat('commit', treatment)
      if (name === 'committed') proxy.treat('commit', 'pass')
    },
  })

test('a migration whose COMMIT took effect and whose reply was lost is committed, once, and told so', async () => {
  const report = await migrate(breaking('cut-reply'), scene.request())
  expect(proxy.treated()).toBe(1)
  expect(report.status).toBe('committed')
  await expectDone(scene, { runs: 1 })
})

test('a migration whose COMMIT never arrived fails, leaves nothing, and can be run again', async () => {
  await expect(migrate(breaking('cut-before'), scene.request())).rejects.toMatchObject({
    code: 'failure',
    message: expect.stringContaining('rolled the transaction back'),
  })
  proxy.treat('commit', 'pass')
  await sessionsGone(scene)
  await expectNothing(scene)
  const again = await migrate(scene.context({ url: proxy.url }), scene.request())
  expect(again.status).toBe('committed')
  await expectDone(scene, { runs: 1 })
})

test('a rollback whose COMMIT took effect and whose reply was lost is done, once', async () => {
  await migrate(scene.context(), scene.request())
  const report = await rollback(breaking('cut-reply'), 'shop', { owner: 'ops' })
  expect(proxy.treated()).toBe(1)
  expect(report.now).toBe('absent')
  await expectNothing(scene)
  await expectUndone(scene, { inForce: 0, undone: 1 })
})

test('a rollback whose COMMIT never arrived leaves the tables, and can be run again', async () => {
  await migrate(scene.context(), scene.request())
  await expect(rollback(breaking('cut-before'), 'shop', { owner: 'ops' })).rejects.toMatchObject({ code: 'failure' })
  proxy.treat('commit', 'pass')
  await sessionsGone(scene)
  await expectDone(scene, { runs: 1 })
  await rollback(scene.context(), 'shop', { owner: 'ops' })
  await expectNothing(scene)
  await expectUndone(scene, { inForce: 0, undone: 1 })
})
