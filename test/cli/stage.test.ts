import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect } from '../../src/postgres/connect.ts'
import { type TestDatabase, testDatabase } from '../helpers/database.ts'
import { type Ended, outgrow } from './outgrow.ts'

const bank = (path: string): string => fileURLToPath(new URL(`../../services/idea-bank/${path}`, import.meta.url))
const NAME = 'idea-bank'
const SAYS_WHY = ['--by', 'ana', '--why', 'a test']

let database: TestDatabase
let folder: string
let service: ChildProcess | undefined

beforeEach(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'outgrow-cli-stage-'))
  await copyFile(bank('seed.json'), join(folder, 'ideas.json'))
  const moved = await run('migrate', 'ideas.json', '--name', NAME, '--plan', bank('plan.json'), '--owner', 'ana')
  expect(moved.code).toBe(0)
})
afterEach(async () => {
  await stopService()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const run = (...args: string[]): Promise<Ended> => outgrow(args, folder, { OUTGROW_DATABASE_URL: database.url })
const stage = (...args: string[]): Promise<Ended> => run('stage', NAME, ...args)

/** One document on stdout, whatever the exit code is. */
async function json(...args: string[]) {
  const { code, stdout } = await stage(...args, '--json')
  return { code, document: JSON.parse(stdout) }
}

/** The Idea Bank as a process that owns the file. */
async function startService(gates: object): Promise<void> {
  service = spawn(process.execPath, ['--import', 'tsx', '--conditions=outgrow-source', bank('server.ts')], {
    env: {
      ...process.env,
      PORT: '0',
      LIBRARY_DB_STRATEGY: 'staged',
      DB_PATH: join(folder, 'ideas.json'),
      OUTGROW_DATABASE_URL: database.url,
      STAGE_GATES: JSON.stringify(gates),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (service.stdout === null) throw new Error('no output')
  for await (const line of createInterface(service.stdout)) if (line.includes('http://')) break
  service.stdout.resume()
}

async function stopService(): Promise<void> {
  if (service === undefined || service.exitCode !== null) return
  const ended = once(service, 'close')
  service.kill('SIGTERM')
  await ended
}

async function query<T extends object>(sql: string): Promise<{ rows: T[] }> {
  const connection = await connect(database.url)
  try {
    return await connection.query<T>(sql)
  } finally {
    await connection.end()
  }
}

/** As a faulty relay would: the fence lets it pass. */
async function plant(sql: string): Promise<void> {
  await query(`begin; set local outgrow.epoch = '2'; set local outgrow.writer = 'mirror'; ${sql}; commit`)
}

async function stageInFile(): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, 'ideas.json.outgrow', 'stage.json'), 'utf8')).stage
}

test('a store that nobody knows is exit 5, a stage that there is not 2', async () => {
  const unknown = await run('stage', 'nobody', 'dualwrite', ...SAYS_WHY)
  expect([unknown.code, unknown.stdout]).toEqual([5, ''])
  expect(unknown.stderr).toContain('nobody')
  expect((await stage('sideways', ...SAYS_WHY)).code).toBe(2)
  expect((await stage('--serve-new', '101')).code).toBe(2)
})

test('a change asks who and why, and names what is missing', async () => {
  const neither = await stage('dualwrite')
  expect([neither.code, neither.stdout]).toEqual([2, ''])
  expect(neither.stderr).toContain('--by WHO and --why TEXT')
  const { code, stderr } = await stage('dualwrite', '--by', 'ana')
  expect([code, stderr]).toEqual([2, expect.not.stringContaining('--by WHO')])
  expect(stderr).toContain('--why TEXT')
  expect((await stage('--repair', '--by', 'ana')).code).toBe(2)
})

test('without an owner it is done here: shown, tried dry, done, asked twice, and taken back', async () => {
  const shown = await json()
  expect(shown).toMatchObject({ code: 0, document: { status: { stage: 'off' }, next: { forward: 'dualwrite' } } })
  const dry = await json('dualwrite', ...SAYS_WHY, '--dry-run')
  expect(dry).toMatchObject({ code: 0, document: { outcome: 'dry-run', from: 'off', to: 'dualwrite' } })
  expect(dry.document.steps.map(({ id }: { id: string }) => id)).toContain('swap')
  expect((await json()).document.status).toMatchObject({ stage: 'off', epoch: 1 })
  const done = await stage('dualwrite', ...SAYS_WHY)
  expect([done.code, done.stderr]).toEqual([0, ''])
  expect(done.stdout).toContain('is in stage dualwrite now (epoch 2)')
  expect(done.stdout).toMatch(/\nNext: outgrow stage idea-bank/)
  expect(await json('dualwrite', ...SAYS_WHY)).toMatchObject({ code: 0, document: { outcome: 'unchanged', epoch: 2 } })
  expect(await json('off', ...SAYS_WHY)).toMatchObject({ code: 0, document: { outcome: 'changed', epoch: 3 } })
})

test('a red gate is exit 3, dry or not, and changes nothing; so is a stage that is not next', async () => {
  await stage('dualwrite', ...SAYS_WHY)
  for (const dry of [[], ['--dry-run']]) {
    const { code, document } = await json('shadow', ...SAYS_WHY, ...dry)
    expect([code, document.outcome]).toEqual([3, dry.length > 0 ? 'dry-run' : 'refused'])
    expect(document.gates).toContainEqual(expect.objectContaining({ id: 'verification', ok: false, value: 'never' }))
  }
  const told = await stage('shadow', ...SAYS_WHY)
  expect(told.stdout).toMatch(/RED +verification +never/)
  expect(told.stdout).toContain('Refused: store "idea-bank" stays in stage dualwrite')
  const skip = await stage('complete', ...SAYS_WHY)
  expect([skip.code, skip.stdout]).toEqual([3, ''])
  expect(skip.stderr).toContain('one step at a time')
  expect((await json()).document.status).toMatchObject({ stage: 'dualwrite', epoch: 2 })
})

test('--verify compares both sides, and finds what the mirror has otherwise; --repair mends it', async () => {
  await stage('dualwrite', ...SAYS_WHY)
  expect(await json('--verify')).toMatchObject({ code: 0, document: { records: 7, differences: 0 } })
  await plant(`update idea_bank.ideas set title = 'planted' where id = '1'`)
  const found = await json('--verify')
  expect([found.code, found.document.differences]).toEqual([3, 1])
  const told = await stage('--verify')
  expect([told.code, told.stdout]).toEqual([3, expect.stringContaining('ideas "1": different')])
  expect(await json('--repair', ...SAYS_WHY)).toMatchObject({ code: 0, document: { repaired: 1 } })
  expect((await stage('--verify')).code).toBe(0)
})

test('--drill goes to live and back on a copy, leaves nothing of it, and is on record', async () => {
  const { code, document } = await json('--drill', '--by', 'ana')
  expect([code, document]).toMatchObject([0, { records: 7, writes: 6, differences: 0 }])
  const shown = await json()
  expect(shown.document.evidence.drill.figures).toMatchObject({ by: 'ana', writes: 6 })
  expect(shown.document.status.stage).toBe('off')
  const { rows } = await query<{ count: number }>(
    `select (select count(*) from pg_namespace where nspname like '%drill%')::int
          + (select count(*) from outgrow.stage where name like '%drill%')::int as count`,
  )
  expect(rows).toEqual([{ count: 0 }])
})

test('where a service owns the file it is asked by a row, and its refusals come as it gave them', async () => {
  await startService({ calm: 0 })
  expect(await json()).toMatchObject({ code: 0, document: { status: { stage: 'off' } } })
  const changed = await json('dualwrite', ...SAYS_WHY)
  expect(changed).toMatchObject({ code: 0, document: { outcome: 'changed' } })
  const owner = changed.document.gates.find(({ id }: { id: string }) => id === 'owner')
  expect(owner.value).toContain(`process ${service?.pid} on`)
  expect((await stage('shadow', ...SAYS_WHY)).code).toBe(3)
  const skip = await stage('complete', ...SAYS_WHY)
  expect([skip.code, skip.stderr]).toEqual([3, expect.stringContaining('one step at a time')])
  expect((await stage('--verify')).code).toBe(0)
  expect((await stage('--drill', '--by', 'ana')).code).toBe(0)
  expect((await stage('shadow', ...SAYS_WHY)).code).toBe(0)
  expect(await json('--serve-new', '50', '--compare', '100', '--by', 'ana')).toMatchObject({ code: 0 })
  expect((await json()).document.settings).toEqual({ serveNew: 50, compare: 100, mirror: 'sync' })
  expect(await stageInFile()).toBe('shadow')
})

test('a store at complete has no owner, and is shown all the same', async () => {
  await stage()
  await query(`update outgrow.stage set stage = 'complete', epoch = 8 where name = 'idea-bank'`)
  const shown = await json()
  expect(shown).toMatchObject({ code: 0, document: { status: { stage: 'complete' } } })
  const back = await stage('rampdown', ...SAYS_WHY)
  expect([back.code, back.stderr]).toEqual([3, expect.stringContaining('outgrow export')])
  expect((await stage('complete', ...SAYS_WHY)).code).toBe(0)
  const compared = await stage('--verify')
  expect([compared.code, compared.stderr]).toEqual([3, expect.stringContaining('outgrow verify idea-bank --against')])
})
