import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { IDEA_BANK, outgrow, start } from './outgrow.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-cli-'))
  await copyFile(IDEA_BANK, join(folder, 'db.json'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const NOBODY = 'postgres://app:secret@127.0.0.1:1/app'

test('wrong usage ends with 2 and one line on stderr; as JSON too when asked', async () => {
  const wrong = await outgrow(['migrate', 'db.json'], folder)
  expect(wrong).toMatchObject({ code: 2, stdout: '' })
  expect(wrong.stderr).toBe("Error: required option '--name <name>' not specified. See `outgrow migrate --help`.\n")
  const asked = await outgrow(['verfy', '--json'], folder)
  expect([asked.code, JSON.parse(asked.stdout).error.code]).toEqual([2, 'usage'])
  const config = await mkdtemp(join(folder, 'config-'))
  await writeFile(join(config, 'outgrow.config.json'), '{"urll": "x"}')
  const unknown = await outgrow(['doctor'], config)
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    'Error: outgrow.config.json#/urll: unknown key "urll". Known keys are databaseUrl, home, backups, pages, actor.\n',
  ])
})

test('a damaged source ends with 5, and the refusal has the shape of every migrate report', async () => {
  await writeFile(join(folder, 'broken.json'), '{"ideas": [{"id": 1}')
  const inspected = await outgrow(['inspect', 'broken.json'], folder)
  expect([inspected.code, inspected.stdout]).toEqual([5, ''])
  expect(inspected.stderr).toMatch(/^Error: [^\n]+\nNext: [^\n]+\n$/)
  const missing = await outgrow(['inspect', 'absent.json', '--json'], folder)
  expect(missing.code).not.toBe(0)
  expect(JSON.parse(missing.stdout).error.message).toContain('absent.json')
})

test('a salvage that lost something ends with 3, one that lost nothing with 0', async () => {
  const text = await readFile(join(folder, 'db.json'), 'utf8')
  await writeFile(join(folder, 'cut.json'), text.slice(0, 3_000))
  const cut = await outgrow(['inspect', 'cut.json', '--salvage', 'rescued.json', '--json'], folder)
  const report = JSON.parse(cut.stdout)
  expect([cut.code, report.lost.length > 0]).toEqual([3, true])
  const rescued = await outgrow(['inspect', 'rescued.json', '--json'], folder)
  expect([rescued.code, JSON.parse(rescued.stdout).collections[0].records]).toEqual([0, report.records])
  const whole = await outgrow(['inspect', 'db.json', '--salvage', 'same.json'], folder)
  expect([whole.code, whole.stdout]).toEqual([0, expect.stringContaining('Nothing was lost.')])
})

test('a server that cannot be reached ends with 5, without its password, and without a stack unless asked', async () => {
  const args = ['migrate', 'db.json', '--name', 'ideas', '--json']
  const refused = await outgrow([...args, '--to', NOBODY], folder)
  expect(refused.code).toBe(5)
  expect(JSON.parse(refused.stdout)).toMatchObject({
    ...{ run: null, store: 'ideas', status: 'refused', collections: [], backup: { before: null, after: null } },
    error: { code: 'target-unreachable', place: '127.0.0.1:1' },
  })
  expect(refused.stdout + refused.stderr).not.toContain('secret')
  expect(refused.stderr).not.toContain('    at ')
  const debug = await outgrow(args, folder, { OUTGROW_DATABASE_URL: NOBODY, OUTGROW_DEBUG: '1' })
  expect(debug.stderr).toContain('    at ')
})

test('a failpoint that does not exist is refused before anything is started', async () => {
  const env = { OUTGROW_DATABASE_URL: NOBODY, OUTGROW_FAILPOINT: 'nowhere' }
  const { code, stderr } = await outgrow(['doctor'], folder, env)
  expect([code, stderr]).toEqual([2, expect.stringContaining('OUTGROW_FAILPOINT names no failpoint: nowhere.')])
})

test('a large document reaches a slow reader whole, and a reader that leaves early is no failure', async () => {
  const record = Object.fromEntries(Array.from({ length: 1_500 }, (_, at) => [`member_${at}`, at]))
  await writeFile(join(folder, 'wide.json'), JSON.stringify({ wide: [record] }))
  const whole = await outgrow(['inspect', 'wide.json', '--json'], folder)
  expect(whole.stdout.length).toBeGreaterThan(200_000)
  expect(JSON.parse(whole.stdout).collections[0].fields).toHaveLength(1_500)
  const { child, ended } = start(['inspect', 'wide.json', '--json'], folder)
  child.stdout?.destroy()
  expect(await ended).toMatchObject({ code: 0, stderr: '' })
})

test('the installed command runs', async () => {
  const { execFile } = await import('node:child_process')
  const { fileURLToPath } = await import('node:url')
  const bin = fileURLToPath(new URL('../../bin/outgrow.js', import.meta.url))
  const version = await new Promise<string>((resolve, reject) =>
    execFile(process.execPath, [bin, '--version'], (error, stdout) => (error ? reject(error) : resolve(stdout))),
  )
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/)
})
