import { createWriteStream } from 'node:fs'
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Connection, connect } from '../../src/postgres/connect.ts'
import { type TestDatabase, testDatabase } from '../helpers/database.ts'
import { IDEA_BANK, outgrow, type Running, start } from './outgrow.ts'

let database: TestDatabase
let watcher: Connection
let folder: string

beforeAll(async () => {
  database = await testDatabase()
  watcher = await connect(database.url, { application: 'watches' })
  folder = await mkdtemp(join(tmpdir(), 'outgrow-cli-'))
  await copyFile(IDEA_BANK, join(folder, 'db.json'))
  await pipeline(Readable.from(largeStore(300_000)), createWriteStream(join(folder, 'large.json')))
})
afterAll(async () => {
  await watcher?.end()
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

function* largeStore(records: number): Generator<string> {
  yield '{"ideas":[{"id":0}'
  for (let id = 1; id < records; id++) yield `,{"id":${id},"title":"idea ${id}","score":${id / 4}}`
  yield ']}'
}

const env = (more: Record<string, string> = {}) => ({ OUTGROW_DATABASE_URL: database.url, ...more })

/** Waits until a session of the command is seen to do this; fails when the command ends before. */
async function seen(running: Running, condition: string): Promise<void> {
  let over = false
  void running.ended.then(() => {
    over = true
  })
  for (;;) {
    const { rows } = await watcher.query(
      `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and ${condition}`,
    )
    if (rows.length > 0) return
    if (over) throw new Error(`the command ended before: ${JSON.stringify(await running.ended)}`)
  }
}

async function schemaExists(schema: string): Promise<boolean> {
  const { rows } = await watcher.query('select from pg_namespace where nspname = $1::text', [schema])
  return rows.length > 0
}

test('SIGINT during the load ends with 130, and nothing of the run is left', async () => {
  const running = start(['migrate', 'large.json', '--name', 'large', '--json'], folder, env())
  await seen(running, `query ilike 'copy%from stdin%'`)
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  expect([code, JSON.parse(stdout)]).toEqual([
    130,
    expect.objectContaining({ run: null, status: 'refused', error: expect.objectContaining({ code: 'interrupted' }) }),
  ])
  expect(stderr).toMatch(/^Error: Interrupted by SIGINT.*\nNext: Run the same command again.\n$/)
  expect(await schemaExists('large')).toBe(false)
  expect(await readdir(join(folder, '.outgrow', 'work'))).toEqual([])
})

test('a verb that waits on the server is cut short, and the server rolls back', async () => {
  expect((await outgrow(['migrate', 'db.json', '--name', 'held'], folder, env())).code).toBe(0)
  const holder = await connect(database.url, { application: 'holds a table' })
  try {
    await holder.query('begin')
    await holder.query('lock table held.ideas in access share mode')
    const running = start(['rollback', 'held'], folder, env())
    await seen(running, `wait_event_type = 'Lock' and application_name like 'outgrow rollback%'`)
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 130, stdout: '' })
    await holder.query('rollback')
  } finally {
    await holder.end()
  }
  expect((await outgrow(['verify', 'held', '--against', 'db.json'], folder, env())).code).toBe(0)
})

test('killed at a failpoint after the commit, the next run ends what the first began', async () => {
  const args = ['migrate', 'db.json', '--name', 'killed', '--json']
  const killed = await outgrow(args, folder, env({ OUTGROW_FAILPOINT: 'committed' }))
  expect([killed.signal, killed.stdout]).toEqual(['SIGKILL', ''])
  expect(await readdir(join(folder, '.outgrow', 'work'))).toHaveLength(1)
  const again = await outgrow(args, folder, env())
  expect([again.code, JSON.parse(again.stdout).status]).toEqual([0, 'unchanged'])
  expect(JSON.parse(again.stdout).backup.after).not.toBe(null)
  expect(await readdir(join(folder, '.outgrow', 'work'))).toEqual([])
})
