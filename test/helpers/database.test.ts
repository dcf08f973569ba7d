import { afterAll, expect, test } from 'vitest'
import { connect } from '../../src/postgres/connect.ts'
import { serverMajor, testDatabase, testRole } from './database.ts'

const database = await testDatabase()
afterAll(() => database.drop())

test('a test database is empty, UTF8, and on the server that was asked for', async () => {
  const connection = await connect(database.url)
  const { rows } = await connection.query(
    `select current_database() as name, current_setting('server_encoding') as encoding,
            current_setting('server_version_num')::int / 10000 as major,
            (select count(*)::int from pg_class where relnamespace = 'public'::regnamespace) as tables`,
  )
  expect(rows).toEqual([{ name: database.name, encoding: 'UTF8', major: serverMajor(), tables: 0 }])
  await connection.end()
})

test('another encoding and a role without CREATE can be had', async () => {
  const ascii = await testDatabase({ encoding: 'SQL_ASCII' })
  const role = await testRole(ascii)
  const connection = await connect(role.url)
  expect((await connection.query('show server_encoding')).rows).toEqual([{ server_encoding: 'SQL_ASCII' }])
  await expect(connection.query('create schema mine')).rejects.toThrow('permission denied')
  await connection.end()
  await role.drop()
  await ascii.drop()
  await expect(connect(ascii.url)).rejects.toThrow('has no database')
})
