import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { testDatabase, testRole } from '../../test/helpers/database.ts'
import { connect } from './connect.ts'
import { checkDisk, checkTarget, refusals } from './preconditions.ts'
import type { Sql } from './sql.ts'

const database = await testDatabase()
afterAll(() => database.drop())

async function refusedIds(url: string, prepare = 'select'): Promise<string[]> {
  const connection = await connect(url)
  try {
    await connection.query(prepare)
    return refusals(await checkTarget(connection)).map((check) => check.id)
  } finally {
    await connection.end()
  }
}

test('a fit database passes, and every check says what it found and wants', async () => {
  expect(await refusedIds(database.url)).toEqual([])
  const connection = await connect(database.url)
  for (const check of await checkTarget(connection)) {
    for (const text of [check.id, check.found, check.wanted, check.fix]) expect(text).not.toBe('')
  }
  await connection.end()
})

test('another encoding, a role without CREATE and asynchronous commits are refused', async () => {
  for (const encoding of ['SQL_ASCII', 'LATIN1'] as const) {
    const other = await testDatabase({ encoding })
    expect(await refusedIds(other.url)).toEqual(['server-encoding'])
    await other.drop()
  }
  const reader = await testRole(database)
  const creator = await testRole(database, { create: true })
  expect(await refusedIds(reader.url)).toEqual(['may-create-schema'])
  expect(await refusedIds(creator.url)).toEqual([])
  expect(await refusedIds(creator.url, 'set synchronous_commit = off')).toEqual(['synchronous-commit'])
  await reader.drop()
  await creator.drop()
})

test('statements that land in changing sessions are a transaction pooler', async () => {
  const sessions = [await connect(database.url), await connect(database.url)]
  let turn = 0
  const pooled: Sql = { query: (text, values) => sessions[turn++ % 2]!.query(text, values) }
  expect(refusals(await checkTarget(pooled)).map((check) => check.id)).toContain('own-session')
  for (const session of sessions) await session.end()
})

test('a session whose settings were dropped on the way is refused', async () => {
  expect(await refusedIds(database.url, 'set search_path = public')).toContain('own-session')
})

test('an old server, a standby, one that may lose commits or writes nothing are refused, a full one is warned of', async () => {
  const connection = await connect(database.url)
  const told: Sql = {
    query: async (text, values) => {
      const result = await connection.query(text, values)
      const facts = {
        number: 130_022,
        version: '13.22',
        recovering: true,
        free: 2,
        fsync: 'off',
        full_page_writes: 'off',
        read_only: 'on',
      }
      const rows = result.rows.map((row) => ('may_create' in row ? { ...row, ...facts } : row))
      return { ...result, rows: rows as never[] }
    },
  }
  const checks = await checkTarget(told)
  expect(refusals(checks).map((check) => check.id)).toEqual([
    'server-version',
    'not-in-recovery',
    'may-write',
    'fsync',
    'full-page-writes',
  ])
  expect(checks.find((check) => check.id === 'connections-free')).toMatchObject({
    severity: 'warning',
    ok: false,
    found: '2',
  })
  await connection.end()
})

test('disk space is measured where the folder will be', async () => {
  const path = join(tmpdir(), 'not', 'made', 'yet')
  expect(await checkDisk(path, 1)).toMatchObject({ ok: true, found: expect.stringContaining(`free at ${tmpdir()}`) })
  expect(await checkDisk(path, 2 ** 60)).toMatchObject({ ok: false, id: 'disk-free' })
})
