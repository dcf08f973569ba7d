import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quoteIdent, quoteLiteral } from '../../src/postgres/ident.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { rollback } from '../../src/verbs/rollback.ts'
import { serverMajor } from '../helpers/database.ts'
import { shop } from './documents.ts'
import { digests, expectDone, expectNothing, leftovers, sha256 } from './outcome.ts'
import { openScene, type Scene } from './scene.ts'
import { dropDatabase, faultServer, freshDatabase, superuser } from './server.ts'

const server = await faultServer()
afterAll(() => server.stop())

/** Values whose text depends on settings: dates, floats, arrays with nulls, backslashes, letters beyond ASCII. */
const HARD = shop(300, {
  readings: Array.from({ length: 50 }, (_, i) => ({
    id: i,
    day: '2024-12-03',
    at: '2024-12-03T04:05:06.789Z',
    value: 0.1 * i + 1e-9,
    tags: ['a', null, 'NULL', 'b\\c', `it's "quoted"`, 'Ärger €'],
    counts: [i, null, -i],
  })),
})

let undisturbed: Record<string, string>
beforeAll(async () => {
  const scene = await openScene(server.url, HARD)
  await migrate(scene.context(), scene.request())
  undisturbed = await digests(scene)
  await scene.close()
})

/** Calls `use` with the URL of a new login role on the scene's database. */
async function asRole(
  scene: Scene,
  rights: string[],
  use: (url: string, role: string) => Promise<void>,
): Promise<void> {
  const name = `faults_role_${process.pid}_${randomBytes(4).toString('hex')}`
  const role = quoteIdent(name)
  const url = new URL(scene.url)
  const database = quoteIdent(url.pathname.slice(1))
  url.username = name
  url.password = randomBytes(12).toString('hex')
  await superuser(scene.url, `create role ${role} login password ${quoteLiteral(url.password)}`)
  for (const right of rights) await superuser(scene.url, `grant ${right} on database ${database} to ${role}`)
  try {
    await use(url.href, role)
  } finally {
    await superuser(scene.url, `drop owned by ${role} cascade; drop role ${role}`)
  }
}

test('a role that may not create schemas is refused before anything, with the grant that it needs', async () => {
  const scene = await openScene(server.url, HARD)
  await asRole(scene, [], async (url) => {
    const source = await sha256(scene.file)
    await expect(migrate(scene.context({ url }), scene.request())).rejects.toMatchObject({
      code: 'target-unsafe',
      exit: 5,
      next: expect.stringContaining('grant create on database'),
    })
    expect(await scene.rows(`select nspname from pg_namespace where nspname in ('outgrow', 'shop')`)).toEqual([])
    expect(await leftovers(scene)).toEqual([])
    expect(await sha256(scene.file)).toBe(source)
  })
  await scene.close()
})

const HOSTILE: Record<string, string> = {
  DateStyle: 'German',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kathmandu',
  client_encoding: 'LATIN1',
  extra_float_digits: '-15',
  bytea_output: 'escape',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  search_path: 'shop, public',
  statement_timeout: '20ms',
  lock_timeout: '1ms',
  idle_in_transaction_session_timeout: '1ms',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  row_security: 'off',
  quote_all_identifiers: 'on',
  work_mem: '64kB',
}

for (const level of ['role', 'database'] as const)
  test(`whatever is set on the ${level}, the data are exact, and a rollback works`, async () => {
    const scene = await openScene(server.url, HARD)
    await asRole(scene, ['create'], async (url, role) => {
      const subject = level === 'role' ? `role ${role}` : `database ${quoteIdent(new URL(url).pathname.slice(1))}`
      for (const [name, value] of Object.entries(HOSTILE))
        await superuser(
          scene.url,
          `alter ${subject} set ${name} = ${name === 'search_path' ? value : quoteLiteral(value)}`,
        )
      await migrate(scene.context({ url }), scene.request())
      expect(await digests(scene)).toEqual(undisturbed)
      expect((await migrate(scene.context({ url }), scene.request())).status).toBe('unchanged')
      await expectDone(scene, { runs: 1 })
      await rollback(scene.context({ url }), 'shop', { owner: 'ops' })
      await expectNothing(scene)
    })
    await scene.close()
  })

test('a role whose transactions are read only is refused, and nothing is changed', async () => {
  const scene = await openScene(server.url, HARD)
  await asRole(scene, ['create'], async (url, role) => {
    await superuser(scene.url, `alter role ${role} set default_transaction_read_only = on`)
    await expect(migrate(scene.context({ url }), scene.request())).rejects.toMatchObject({
      code: 'target-unsafe',
      message: expect.stringContaining('may-write'),
    })
    await expectNothing(scene)
    expect(await scene.rows(`select nspname from pg_namespace where nspname = 'outgrow'`)).toEqual([])
  })
  await scene.close()
})

test.skipIf(serverMajor() < 17)(
  'a transaction_timeout that is too short ends the run, and nothing is changed',
  async () => {
    const scene = await openScene(server.url, HARD)
    await asRole(scene, ['create'], async (url, role) => {
      await superuser(scene.url, `alter role ${role} set transaction_timeout = '20ms'`)
      await expect(migrate(scene.context({ url }), scene.request())).rejects.toBeInstanceOf(Error)
      await expectNothing(scene)
    })
    await scene.close()
  },
)

for (const encoding of ['SQL_ASCII', 'LATIN1'])
  test(`a database of encoding ${encoding} is refused with the way out, and nothing is created`, async () => {
    const scene = await openScene(server.url, HARD)
    const url = await freshDatabase(server.url, encoding)
    await expect(migrate(scene.context({ url }), scene.request())).rejects.toMatchObject({
      code: 'target-unsafe',
      message: expect.stringContaining(encoding),
      next: expect.stringContaining('encoding UTF8'),
    })
    await dropDatabase(server.url, url)
    await expectNothing(scene)
    await scene.close()
  })
