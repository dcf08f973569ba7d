import { appendFile, cp, mkdtemp, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type TestDatabase, testDatabase, testRole } from '../../test/helpers/database.ts'
import { isOutgrowError } from '../errors.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { ensureBookkeeping } from './bookkeeping.ts'

let database: TestDatabase
let sql: Connection
let path: string
let folder: URL

beforeEach(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
  path = await mkdtemp(join(tmpdir(), 'outgrow-sql-'))
  folder = pathToFileURL(`${path}/`)
  await cp(new URL('../../sql/', import.meta.url), path, { recursive: true })
})

afterEach(async () => {
  await sql.end()
  await database.drop()
  await rm(path, { recursive: true })
})

const ours = ['0001_stores_and_runs.sql', '0002_audit_log.sql', '0003_migration_log.sql']

async function ledger(): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>('select name from outgrow.schema_migration order by name')
  return rows.map((row) => row.name)
}

const refused = (name: string) => (error: unknown) =>
  isOutgrowError(error, 'target-unsafe') && error.place === name && error.message.includes(name)

test('every file is applied once, and a second call finds nothing to do with one query', async () => {
  const applied = await ensureBookkeeping(sql)
  expect(applied).toEqual(expect.arrayContaining(ours))
  expect(await ledger()).toEqual(applied)
  const queries = vi.spyOn(sql, 'query')
  expect(await ensureBookkeeping(sql)).toEqual([])
  expect(queries).toHaveBeenCalledTimes(1)
})

test('twins queue: each file is applied by one of them, and none fails', async () => {
  const twins = await Promise.all([1, 2, 3, 4, 5].map(() => connect(database.url)))
  const applied = await Promise.all(twins.map((twin) => ensureBookkeeping(twin)))
  await Promise.all(twins.map((twin) => twin.end()))
  expect(applied.flat().sort()).toEqual(await ledger())
})

test('a file that fails leaves nothing, names itself, and is applied once it is mended', async () => {
  await writeFile(join(path, '0900_bad.sql'), 'create table outgrow.half (a int);\nselect 1/0;')
  await expect(ensureBookkeeping(sql, folder)).rejects.toSatisfy(refused('0900_bad.sql'))
  const { rows } = await sql.query(`select to_regclass('outgrow.half') as half`)
  expect(rows).toEqual([{ half: null }])
  expect(await ledger()).not.toContain('0900_bad.sql')
  await writeFile(join(path, '0900_bad.sql'), 'create table outgrow.half (a int);')
  expect(await ensureBookkeeping(sql, folder)).toEqual(['0900_bad.sql'])
})

test('an edited file is refused, a Windows checkout is not', async () => {
  await ensureBookkeeping(sql, folder)
  const file = join(path, '0002_audit_log.sql')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll('\n', '\r\n'))
  expect(await ensureBookkeeping(sql, folder)).toEqual([])
  await appendFile(file, '-- one more')
  await expect(ensureBookkeeping(sql, folder)).rejects.toSatisfy(refused('0002_audit_log.sql'))
})

test('a database of a newer version is refused', async () => {
  await ensureBookkeeping(sql, folder)
  await unlink(join(path, '0002_audit_log.sql'))
  await expect(ensureBookkeeping(sql, folder)).rejects.toSatisfy(refused('0002_audit_log.sql'))
})

test('a file numbered before one that is applied is refused', async () => {
  await ensureBookkeeping(sql, folder)
  await writeFile(join(path, '0002_added_late.sql'), 'select 1;')
  await expect(ensureBookkeeping(sql, folder)).rejects.toSatisfy(refused('0002_added_late.sql'))
  await rename(join(path, '0002_added_late.sql'), join(path, '0901_added_late.sql'))
  expect(await ensureBookkeeping(sql, folder)).toEqual(['0901_added_late.sql'])
})

test('a role that may not create schemas works in one that was made for it', async () => {
  const role = await testRole(database)
  await sql.query(`create schema outgrow authorization ${role.name}`)
  const asRole = await connect(role.url)
  expect(await ensureBookkeeping(asRole)).toEqual(expect.arrayContaining(ours))
  await asRole.end()
  await role.drop()
})
