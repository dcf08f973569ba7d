import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { IDEA_BANK, outgrow } from './outgrow.ts'

let folder: string
let server: string | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-cli-'))
  await copyFile(IDEA_BANK, join(folder, 'db.json'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  if (server) await rm(server, { recursive: true, force: true })
})

/** Where the server lives: below the folder, unless it is one that the server's account cannot enter. */
async function placeOfServer(): Promise<string> {
  const dir = join(folder, '.outgrow', 'postgres')
  return readFile(join(dir, 'location'), 'utf8').then(
    (text) => text.trim(),
    () => dir,
  )
}

test('without any URL the embedded server is used, said once, kept between commands, and stopped after each', async () => {
  const migrated = await outgrow(['migrate', 'db.json', '--name', 'ideas'], folder)
  server = await placeOfServer()
  expect(migrated).toMatchObject({
    code: 0,
    stderr: 'No --to given: using the embedded PostgreSQL under .outgrow/postgres\n',
  })
  await expect(readFile(join(server, 'data', 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' })
  const verified = await outgrow(['verify', 'ideas', '--against', 'db.json', '--json', '--quiet'], folder)
  expect([verified.code, verified.stderr, JSON.parse(verified.stdout).equal]).toEqual([0, '', true])
  const failed = await outgrow(['export', 'nothing', '--out', 'out.json', '--quiet'], folder)
  expect([failed.code, failed.stdout]).toEqual([5, ''])
  expect(failed.stderr).toMatch(/^Error: the database knows no store "nothing".*\nNext: /)
  await expect(readFile(join(server, 'data', 'postmaster.pid'))).rejects.toMatchObject({ code: 'ENOENT' })
})
