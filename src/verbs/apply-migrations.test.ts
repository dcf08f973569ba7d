import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../test/helpers/database.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { applyMigrations } from './apply-migrations.ts'

let database: TestDatabase
let sql: Connection
let folder: string

beforeEach(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
  folder = await mkdtemp(join(tmpdir(), 'outgrow-migrations-'))
  await writeFile(
    join(folder, '001_expand.sql'),
    '-- Why\n-- up\ncreate table shop.a (id int);\n-- down\ndrop table shop.a;\n',
  )
  await writeFile(join(folder, '002_more.sql'), 'create table shop.b (id int);\n')
  await writeFile(join(folder, 'notes.sql'), 'select 1/0;\n')
})
afterEach(async () => {
  await sql.end()
  await database.drop()
  await rm(folder, { recursive: true })
})

const apply = (): Promise<string[]> => applyMigrations(database.url, folder, { schema: 'shop', table: 'applied' })

test('numbered files are applied once and in order, the up section of those that have two', async () => {
  expect(await apply()).toEqual(['001_expand.sql', '002_more.sql'])
  expect(await apply()).toEqual([])
  const { rows } =
    await sql.query(`select to_regclass('shop.a') is not null as a, to_regclass('shop.b') is not null as b,
    (select count(*) from shop.applied) as applied, to_regclass('outgrow.schema_migration') as ours`)
  expect(rows).toEqual([{ a: true, b: true, applied: '2', ours: null }])
})

test('an edited file is refused, its down section included; a failed one leaves nothing and names itself', async () => {
  await apply()
  await appendFile(join(folder, '001_expand.sql'), '-- more\n')
  await expect(apply()).rejects.toMatchObject({ code: 'target-unsafe', place: '001_expand.sql' })
  await writeFile(
    join(folder, '001_expand.sql'),
    '-- Why\n-- up\ncreate table shop.a (id int);\n-- down\ndrop table shop.a;\n',
  )
  await writeFile(join(folder, '003_bad.sql'), 'create table shop.c (id int); select 1/0;')
  await expect(apply()).rejects.toMatchObject({
    code: 'target-unsafe',
    place: '003_bad.sql',
    message: expect.stringContaining('migration 003_bad.sql'),
  })
  const { rows } = await sql.query(`select to_regclass('shop.c') as c`)
  expect(rows).toEqual([{ c: null }])
})

test('twins queue: each file is applied by one of them, and none fails', async () => {
  const all = await Promise.all([apply(), apply(), apply()])
  expect(all.flat().sort()).toEqual(['001_expand.sql', '002_more.sql'])
})

test('a folder that is not there is told by its path', async () => {
  await expect(applyMigrations(database.url, join(folder, 'none'), { schema: 'shop' })).rejects.toMatchObject({
    place: expect.stringContaining('none'),
  })
})
