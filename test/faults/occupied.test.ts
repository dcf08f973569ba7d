import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../../src/verbs/migrate.ts'
import { rollback } from '../../src/verbs/rollback.ts'
import { shop } from './documents.ts'
import { digests, expectDone, expectRefusal, leftovers, runsOf, sha256 } from './outcome.ts'
import { openScene, type Scene } from './scene.ts'
import { faultServer, superuser } from './server.ts'

const server = await faultServer()
afterAll(() => server.stop())

let scene: Scene
beforeEach(async () => {
  scene = await openScene(server.url, shop(300))
})
afterEach(() => scene.close())

const FOREIGN: Record<string, string> = {
  'a table': 'create table shop.orders (theirs text); insert into shop.orders values (1)',
  'a table of a list': 'create table shop.orders_lines (theirs text); insert into shop.orders_lines values (1)',
  'a view': 'create view shop.orders as select 1 as theirs',
  'a sequence': 'create sequence shop.orders',
  'a composite type': 'create type shop.orders as (theirs text)',
  'a type': `create type shop.customers as enum ('theirs')`,
  'an index': 'create table shop.theirs (a int); create index orders_pkey on shop.theirs (a)',
}

for (const [what, sql] of Object.entries(FOREIGN))
  test(`${what} of somebody's under a name that the plan needs: refused, and left as it is`, async () => {
    await superuser(scene.url, `create schema shop; ${sql}`)
    const [before, source] = [await catalog(), await sha256(scene.file)]
    await expect(migrate(scene.context(), scene.request())).rejects.toMatchObject({
      code: 'target-occupied',
      exit: 5,
      place: 'shop',
      next: expect.stringContaining('--name'),
    })
    expect(await catalog()).toEqual(before)
    expect(await sha256(scene.file)).toBe(source)
    expect(await runsOf(scene)).toEqual([])
    expect(await leftovers(scene)).toEqual([])
    await expectRefusal(scene, 'migrate', 'target-occupied')
  })

test("somebody else in the schema, in nobody's way: the run goes through, and a rollback leaves them", async () => {
  await superuser(scene.url, 'create schema shop; create table shop.theirs as select 1 as a')
  const before = await catalog()
  await migrate(scene.context(), scene.request())
  await expectDone(scene, { runs: 1 })
  await rollback(scene.context(), 'shop', { owner: 'ops' })
  expect(await catalog()).toEqual(before)
})

const DEPENDENT: Record<string, string> = {
  'a view on a table': 'create view public.theirs as select id from shop.orders',
  'a foreign key to a table': 'create table public.theirs (id bigint references shop.orders (id))',
}

for (const [what, sql] of Object.entries(DEPENDENT))
  test(`${what} of the store: a second migration and a rollback are refused and change nothing`, async () => {
    await migrate(scene.context(), scene.request())
    await superuser(scene.url, sql)
    const [data, objects] = [await digests(scene), await catalog()]
    await scene.put(shop(301))
    const refused = { code: 'target-occupied', exit: 5, next: expect.stringContaining('depends') }
    await expect(migrate(scene.context(), scene.request())).rejects.toMatchObject(refused)
    await expectRefusal(scene, 'migrate', 'target-occupied')
    await expect(rollback(scene.context(), 'shop', { owner: 'ops' })).rejects.toMatchObject(refused)
    await expectRefusal(scene, 'rollback', 'target-occupied')
    expect(await digests(scene)).toEqual(data)
    expect(await catalog()).toEqual(objects)
    await superuser(scene.url, what.startsWith('a view') ? 'drop view public.theirs' : 'drop table public.theirs')
    await migrate(scene.context(), scene.request())
    await expectDone(scene, { runs: 2 })
  })

test('a store whose schema belongs to another store is refused', async () => {
  await migrate(scene.context(), scene.request({ name: 'Shop' }))
  const before = await digests(scene)
  await expect(migrate(scene.context(), scene.request())).rejects.toMatchObject({ code: 'target-occupied' })
  expect(await digests(scene)).toEqual(before)
})

/** Every object outside of our bookkeeping. */
function catalog(): Promise<{ name: string; kind: string }[]> {
  return scene.rows(
    `select n.nspname || '.' || c.relname as name, c.relkind as kind from pg_class c join pg_namespace n on n.oid = relnamespace
      where n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema', 'outgrow') order by 1, 2`,
  )
}
