import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from './read-config.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-config-'))
})
afterEach(() => rm(folder, { recursive: true }))

const file = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text)

test('without anything said, everything lies below .outgrow, and the account acts', async () => {
  const config = await readConfig({}, {}, folder)
  expect(config).toEqual({
    databaseUrl: undefined,
    home: join(folder, '.outgrow'),
    backups: join(folder, '.outgrow', 'backups'),
    pages: join(folder, 'docs', 'migrations'),
    actor: userInfo().username,
    failpoint: undefined,
  })
  expect(Object.isFrozen(config)).toBe(true)
})

test('a flag wins over the environment, which wins over the file', async () => {
  await file('outgrow.config.json', '{"databaseUrl": "postgres://file", "actor": "file", "home": "elsewhere"}')
  const env = { OUTGROW_DATABASE_URL: 'postgres://env', OUTGROW_ACTOR: 'env' }
  expect(await readConfig({ databaseUrl: 'postgres://flag' }, env, folder)).toMatchObject({
    databaseUrl: 'postgres://flag',
    actor: 'env',
    home: join(folder, 'elsewhere'),
    backups: join(folder, 'elsewhere', 'backups'),
  })
  expect((await readConfig({}, env, folder)).databaseUrl).toBe('postgres://env')
  expect((await readConfig({}, {}, folder)).databaseUrl).toBe('postgres://file')
})

test('an empty variable is one that is not set', async () => {
  const config = await readConfig({}, { OUTGROW_DATABASE_URL: '', OUTGROW_HOME: ' ' }, folder)
  expect(config).toMatchObject({ databaseUrl: undefined, home: join(folder, '.outgrow') })
})

test('a TypeScript config file is read', async () => {
  await file('outgrow.config.ts', `const who: string = 'ts'\nexport default { actor: who satisfies string }\n`)
  expect((await readConfig({}, {}, folder)).actor).toBe('ts')
})

test.each([
  ['outgrow.config.json', '{"databseUrl": "x"}', 'unknown key "databseUrl"', 'outgrow.config.json#/databseUrl'],
  ['outgrow.config.json', '{"home": 7}', 'expected string', 'outgrow.config.json#/home'],
  ['outgrow.config.json', '{"home": "  "}', 'must not be empty', 'outgrow.config.json#/home'],
  ['outgrow.config.ts', 'export default { nope: 1 }', 'unknown key "nope"', 'outgrow.config.ts#/nope'],
])('%s with %s is refused with its place', async (name, text, message, place) => {
  await file(name, text)
  await expect(readConfig({}, {}, folder)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(message),
    place,
    next: 'Known keys are databaseUrl, home, backups, pages, actor.',
  })
})

test('a config file that does not parse, and two of them, are refused', async () => {
  await file('outgrow.config.json', '{')
  await expect(readConfig({}, {}, folder)).rejects.toMatchObject({
    code: 'usage',
    next: expect.stringMatching(/Correct/),
  })
  await file('outgrow.config.ts', 'export default {}')
  await expect(readConfig({}, {}, folder)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/both/),
  })
})
