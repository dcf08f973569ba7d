import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../../src/verbs/migrate.ts'
import { shop } from './documents.ts'
import { backupKinds, digests, expectDone, expectNothing, expectRefusal, runsOf, sha256 } from './outcome.ts'
import { openScene, run, type Scene } from './scene.ts'
import { faultServer, superuser } from './server.ts'

const server = await faultServer()
afterAll(() => server.stop())

let scene: Scene
beforeEach(async () => {
  scene = await openScene(server.url, shop(300))
})
afterEach(() => scene.close())

/** Our own tables are there before anything is planted. */
beforeEach(async () => {
  await migrate(scene.context(), scene.request({ dryRun: true }))
})

/** What a server, an extension or a person might do to the rows between load and commit: here when the keys are added. */
const DAMAGE: Record<string, { sql: string; pointer: string }> = {
  'a changed text': { sql: `update shop.orders set note = note || ' ' where id = 8`, pointer: '/orders/' },
  'a changed number': { sql: 'update shop.orders set total = total + 0.125 where id = 300', pointer: '/orders/299' },
  'a null in place of a value': { sql: 'update shop.orders set customer = null where id = 1', pointer: '/orders/0' },
  'a missing record': { sql: 'delete from shop.orders where id = 1', pointer: '/orders/0' },
  'one record too many': {
    sql: 'insert into shop.orders (id) select 999 where not exists (select from shop.orders where id = 999)',
    pointer: '',
  },
  'a changed element of a list': {
    sql: 'update shop.orders_lines set quantity = 9 where _parent_id = 3 and _ordinal = 1',
    pointer: '/orders/2',
  },
  'a lost aside': {
    sql: 'update shop.orders set _aside = null where id = 2 or _aside is not null',
    pointer: '/orders',
  },
  'a changed value': { sql: `update shop.store_values set value = '["a"]'`, pointer: '' },
}

const planted = (sql: string): string =>
  `create function public.damage() returns event_trigger language plpgsql as $$
     begin if tg_tag = 'ALTER TABLE' then ${sql}; end if; end $$;
   create event trigger damage on ddl_command_end execute function public.damage();`

for (const [what, { sql, pointer }] of Object.entries(DAMAGE))
  test(`${what} is found before the commit: exit 3, all of it rolled back, on record`, async () => {
    const source = await sha256(scene.file)
    await superuser(scene.url, planted(sql))
    await expect(migrate(scene.context(), scene.request())).rejects.toMatchObject({
      code: 'differences',
      exit: 3,
      place: expect.stringContaining(pointer),
    })
    await expectNothing(scene)
    expect(await runsOf(scene)).toEqual([])
    expect(await backupKinds(scene)).toEqual(['before'])
    expect(await sha256(scene.file)).toBe(source)
    await expectRefusal(scene, 'migrate', 'differences')
  })

test('in a second migration the tables of the first stay as they were; without the damage it goes through', async () => {
  await migrate(scene.context(), scene.request())
  const before = await digests(scene)
  await scene.put(shop(320))
  await superuser(scene.url, planted(DAMAGE['a changed text']?.sql ?? ''))
  const ended = await run(scene, { verb: 'migrate', request: scene.request() })
  expect(ended).toMatchObject({ exit: 3, error: { code: 'differences' }, stderr: '' })
  expect(await digests(scene)).toEqual(before)
  await expectRefusal(scene, 'migrate', 'differences')
  await superuser(scene.url, 'drop event trigger damage')
  await migrate(scene.context(), scene.request())
  await expectDone(scene, { runs: 2 })
})
