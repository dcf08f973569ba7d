import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { migrate } from '../../src/verbs/migrate.ts'
import { shop } from './documents.ts'
import { digests, expectDone, sessionsGone, sha256 } from './outcome.ts'
import { openScene, start } from './scene.ts'
import { faultServer } from './server.ts'

/** OUTGROW_FAULT_KILLS for a longer run, OUTGROW_FAULT_SEED to repeat one. */
const KILLS = Number(process.env.OUTGROW_FAULT_KILLS ?? '8')
const SEED = Number(process.env.OUTGROW_FAULT_SEED ?? '1')

const server = await faultServer()
afterAll(() => server.stop())

/** mulberry32: numbers in [0, 1) that a seed repeats. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

test(`kill -9 at ${KILLS} random moments of migrations of 30,000 records (seed ${SEED})`, {
  timeout: 60_000 + KILLS * 30_000,
}, async () => {
  const orders = shop(30_000)
  const scene = await openScene(server.url, orders)
  const undisturbed = start(scene, { verb: 'migrate', request: scene.request() })
  await undisturbed.started
  const began = performance.now()
  expect(await undisturbed.ended).toMatchObject({ exit: 0, stderr: '' })
  const whole = performance.now() - began
  const next = random(SEED)
  const moments: string[] = []
  for (let kill = 1; kill <= KILLS; kill++) {
    await scene.put({ ...orders, settings: { theme: 'dark', kill } })
    const before = await digests(scene)
    const victim = start(scene, { verb: 'migrate', request: scene.request() })
    await victim.started
    const moment = next() * whole * 1.1
    // Time is what is tested here: a kill at any moment, not at a known place.
    await delay(moment)
    victim.child.kill('SIGKILL')
    const ended = await victim.ended
    await sessionsGone(scene)
    const source = await sha256(scene.file)
    const [committed] = await scene.rows('select from outgrow.run where source_sha256 = $1::text', [source])
    moments.push(
      `${moment.toFixed(0)} of ${whole.toFixed(0)} ms: ${ended.signal ?? 'ended'}, ${committed ? 'committed' : 'not committed'}`,
    )
    if (!committed) expect(await digests(scene)).toEqual(before)
    const again = await scene.act((context) => migrate(context, scene.request()))
    expect(again.status).toBe(committed ? 'unchanged' : 'committed')
    await expectDone(scene, { runs: kill + 1 })
  }
  console.info(moments.join('\n'))
  await scene.close()
})
