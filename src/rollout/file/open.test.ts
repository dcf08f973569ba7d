import { chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { emptyDocument, sidePlan } from '../../../test/contract/side-plan.ts'
import { pretty, type StoreFolder, storeFolder } from '../../../test/helpers/file-store.ts'
import { realStorePath } from './owner-address.ts'
import { FileSide } from './side.ts'

const act = { epoch: 1, as: 'authority' } as const
let home: StoreFolder
let folder: string
let path: string

beforeEach(async () => {
  home = await storeFolder()
  ;({ folder, path } = home)
})

afterEach(() => home.remove())

describe('a file that is not the store it should be is refused, and left as it is:', () => {
  const idea = (text: string): string => `{"ideas":[{"id":"a"},${text}]}`
  test.each([
    ['empty', '', 'source-damaged', 'byte 0'],
    ['null', 'null', 'source-damaged', 'byte 0'],
    ['cut short', '{"ideas":[{"id"', 'source-damaged', 'byte 15'],
    ['not UTF-8', Buffer.from([123, 34, 0xff, 34, 58, 49, 125]), 'source-damaged', 'byte 2'],
    ['a member twice', '{"ideas":[],"ideas":[]}', 'source-damaged', 'byte 12'],
    ['an integer past 2^53', idea('{"id":"b","meta":{"n":[9007199254740993]}}'), 'source-unfit', '/ideas/1/meta/n/0'],
    ['too many digits', idea('{"id":"b","score":0.12345678901234567890}'), 'source-unfit', '/ideas/1/score'],
    ['past all doubles', '{"other":{"a/b":1e400}}', 'source-unfit', '/other/a~1b'],
    ['a number beside', '{"nextId":123456789012345678}', 'source-unfit', '/nextId'],
    ['a record without key', idea('{"title":"b"}'), 'source-unfit', '/ideas/1'],
    ['a key twice', idea('{"id":"a"}'), 'source-unfit', '/ideas/1'],
    ['no record', idea('7'), 'source-unfit', '/ideas/1'],
    ['an object for a list', '{"ideas":{}}', 'source-unfit', '/ideas'],
    ['a list for an object', '{"settings":[]}', 'source-unfit', '/settings'],
    ['a list for a singleton', '{"profile":[]}', 'source-unfit', '/profile'],
  ])('%s', async (_, content, code, place) => {
    await writeFile(path, content)
    await expect(home.open({ plan: sidePlan, defaults: emptyDocument })).rejects.toMatchObject({
      code,
      place,
    })
    expect((await readFile(path)).equals(Buffer.from(content))).toBe(true)
  })

  test('a list for an object', async () => {
    await writeFile(path, '[]')
    await expect(home.open({ plan: sidePlan })).rejects.toMatchObject({ code: 'source-unfit' })
  })
})

test('numbers that JavaScript prints otherwise but holds exactly are no obstacle', async () => {
  await writeFile(
    path,
    '\ufeff{"ideas":[{"id":"a","n":[1.0,1E2,-0,1.10,5e-324,9007199254740991,100000000000000000000]}]}',
  )
  const store = await home.open({ plan: sidePlan })
  const side = new FileSide({ store, plan: sidePlan, epoch: () => 1 })
  expect(await side.get('ideas', '"a"')).toMatchObject({ n: [1, 100, -0, 1.1, 5e-324, 9007199254740991, 1e20] })
})

test('a missing file is made from defaults when they are given, and refused when not', async () => {
  await expect(home.open({ plan: sidePlan })).rejects.toMatchObject({ code: 'source-unfit' })
  expect(await readdir(folder)).toEqual([])
  const store = await home.open({ plan: sidePlan, defaults: emptyDocument })
  expect(await readFile(path, 'utf8')).toBe(pretty(emptyDocument))
  await store.close()
})

test('a link stays one, the mode is kept, and what a killed owner left half-written is removed, and nothing else', async () => {
  await writeFile(join(folder, '.store.json.outgrow-1-7.tmp'), 'half')
  await writeFile(join(folder, '.other.json.outgrow-1-7.tmp'), 'theirs')
  await writeFile(path, pretty(emptyDocument))
  await chmod(path, 0o640)
  await symlink('store.json', join(folder, 'link.json'))
  const real = await realStorePath(join(folder, 'link.json'))
  const store = await home.open({ path: real, plan: sidePlan })
  const side = new FileSide({ store, plan: sidePlan, epoch: () => 1 })
  await side.apply([{ collection: 'ideas', key: '"a"', record: { id: 'a' } }], act)
  expect((await stat(path)).mode & 0o7777).toBe(0o640)
  expect((await readdir(folder)).sort()).toEqual(['.other.json.outgrow-1-7.tmp', 'link.json', 'store.json'])
})
