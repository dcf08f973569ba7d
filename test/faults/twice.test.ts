import { chmod, copyFile, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmbedded } from '../../src/postgres/embedded.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { shop } from './documents.ts'
import { digests, expectDone, expectRefusal, runsOf, sessionsGone } from './outcome.ts'
import { openScene, run, type Scene, start } from './scene.ts'
import { faultServer, serverPackage, superuser } from './server.ts'

const server = await faultServer()
afterAll(() => server.stop())

let scene: Scene
beforeEach(async () => {
  scene = await openScene(server.url, shop(300))
})
afterEach(() => scene.close())

for (const failpoint of ['source-read', 'loaded', 'committed'] as const) {
  test(`two migrations of one store, the first at "${failpoint}": the second is told who holds the lock`, async () => {
    const first = start(scene, { verb: 'migrate', request: scene.request(), failpoint, signal: 'SIGSTOP' })
    await first.reached
    const second = await run(scene, { verb: 'migrate', request: scene.request() })
    expect(second).toMatchObject({ exit: 4, error: { code: 'locked' }, stderr: '' })
    expect(second.error?.message).toContain(`pid ${first.child.pid} on ${hostname()}`)
    await expectRefusal(scene, 'migrate', 'locked')
    first.child.kill('SIGCONT')
    expect(await first.ended).toMatchObject({ exit: 0, report: { status: 'committed' }, stderr: '' })
    await expectDone(scene, { runs: 1 })
  })
}

const LOST = [
  { verb: 'migrate', failpoint: 'verified' },
  { verb: 'rollback', failpoint: 'tables-restored' },
] as const

for (const { verb, failpoint } of LOST)
  test(`a ${verb} whose lock is lost before the commit commits nothing, and says so`, async () => {
    if (verb === 'rollback') await migrate(scene.context(), scene.request())
    const before = await digests(scene)
    const order =
      verb === 'migrate'
        ? { verb, request: scene.request() }
        : ({ verb, name: 'shop', options: { owner: 'ops' } } as const)
    const victim = start(scene, { ...order, failpoint, signal: 'SIGSTOP' })
    await victim.reached
    const lock = `application_name like '%(pid ${victim.child.pid} on %'`
    expect(await scene.rows(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where ${lock}`)).toHaveLength(
      1,
    )
    victim.child.kill('SIGCONT')
    expect(await victim.ended).toMatchObject({ exit: 4, error: { code: 'locked' }, stderr: '' })
    expect(await digests(scene)).toEqual(before)
    await expectRefusal(scene, verb, 'locked')
    await scene.act((context) => migrate(context, scene.request()))
    await expectDone(scene, { runs: 1 })
  })

test('two migrations of two stores at once both succeed, and both are in the index', async () => {
  const other = join(scene.root, 'other.json')
  await copyFile(scene.file, other)
  const orders = [scene.request(), scene.request({ file: other, name: 'other' })]
  const ended = await Promise.all(orders.map((request) => run(scene, { verb: 'migrate', request })))
  for (const one of ended) expect(one).toMatchObject({ exit: 0, report: { status: 'committed' }, stderr: '' })
  const index = await readFile(join(scene.root, 'pages', 'README.md'), 'utf8')
  for (const name of ['shop', 'other']) expect(index).toContain(`Migrate ${name} to PostgreSQL`)
  expect(await runsOf(scene)).toHaveLength(2)
})

test('two processes that start the embedded server for the first time both succeed', async () => {
  const home = join(scene.root, 'home')
  const other = join(scene.root, 'other.json')
  await copyFile(scene.file, other)
  await chmod(scene.root, 0o755)
  const embedded = { dir: join(home, 'postgres'), version: serverPackage() }
  const orders = [scene.request(), scene.request({ file: other, name: 'other' })]
  const ended = await Promise.all(orders.map((request) => run(scene, { verb: 'migrate', request, embedded })))
  for (const one of ended) expect(one).toMatchObject({ exit: 0, report: { status: 'committed' }, stderr: '' })
  const own = await startEmbedded(embedded)
  for (const request of orders)
    expect((await scene.act((context) => migrate(context, request), { url: own.url })).status).toBe('unchanged')
  await own.stop()
})

/** What makes the server linger over a statement, as a large index or a slow disk does. */
const LINGER = `create function public.linger() returns event_trigger language plpgsql as $$
  begin if tg_tag = 'ALTER TABLE' then perform pg_sleep(2.5); end if; end $$;
  create event trigger linger on ddl_command_end execute function public.linger();`

test('after a kill, the next run waits for what the server still does for the dead one', async () => {
  await superuser(scene.url, LINGER)
  const victim = start(scene, { verb: 'migrate', request: scene.request() })
  await vi.waitFor(
    async () => {
      const busy = await scene.rows(
        `select from pg_stat_activity where datname = current_database() and state = 'active' and query like 'alter table%'`,
      )
      expect(busy).toHaveLength(1)
    },
    { timeout: 20_000, interval: 20 },
  )
  victim.child.kill('SIGKILL')
  await victim.ended
  await superuser(scene.url, 'alter event trigger linger disable')
  const again = await scene.act((context) => migrate(context, scene.request()))
  expect(again.status).toBe('committed')
  await expectDone(scene, { runs: 1 })
})

test('after a kill during COMMIT, the next run waits for its outcome and repeats nothing', async () => {
  await migrate(scene.context(), scene.request())
  await scene.put(shop(301))
  await superuser(
    scene.url,
    `create function public.linger() returns trigger language plpgsql as $$ begin perform pg_sleep(2.5); return null; end $$;
     create constraint trigger linger after insert on outgrow.run deferrable initially deferred
       for each row execute function public.linger();`,
  )
  const victim = start(scene, { verb: 'migrate', request: scene.request() })
  await vi.waitFor(
    async () => {
      const busy = await scene.rows(
        `select from pg_stat_activity where datname = current_database() and state = 'active' and query = 'commit'
            and wait_event = 'PgSleep'`,
      )
      expect(busy).toHaveLength(1)
    },
    { timeout: 20_000, interval: 20 },
  )
  victim.child.kill('SIGKILL')
  await victim.ended
  const again = await scene.act((context) => migrate(context, scene.request()))
  expect(again.status).toBe('unchanged')
  await expectDone(scene, { runs: 2 })
  await sessionsGone(scene)
})
