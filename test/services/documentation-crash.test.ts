import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { UploadFolder } from '../../services/documentation/upload-folder.ts'
import { call, fileForm } from './documentation-calls.ts'
import { plainDocument } from './documentation-documents.ts'
import { type Opened, openPlace } from './documentation-places.ts'

let place: Opened
afterEach(() => place.close())

/** As if the process had died at this place: what comes after it is not done. */
function dyingAt(where: string): { failpoint: (name: string) => void; live(): void } {
  let dead = true
  return {
    failpoint: (name) => {
      if (dead && name === where) throw new Error('died')
    },
    live: () => {
      dead = false
    },
  }
}

const files = async (): Promise<number> => (await place.app.inject('/api/stats')).json().data.files
const stored = (): Promise<string[]> => readdir(place.uploads)
const upload = () => call(place, { method: 'POST', url: '/api/items/1/files', form: fileForm('x') })

test.each(['lowdb', 'staged: off', 'staged: shadow'] as const)(
  '%s: a death between bytes and record leaves bytes alone, which the next start sweeps',
  async (which) => {
    const dying = dyingAt('bytes-without-record')
    place = await openPlace(which, plainDocument, { failpoint: dying.failpoint })
    expect((await upload()).status).toBe(500)
    expect([await files(), (await stored()).length]).toEqual([2, 1])
    dying.live()
    expect((await upload()).status).toBe(201)
    await writeFile(join(place.uploads, 'alheio.txt'), 'not ours')
    await place.restart()
    await expect.poll(stored).toHaveLength(2)
    expect(await files()).toBe(3)
    expect((await place.app.inject('/api/files/3/download')).body).toBe('x')
    expect(await stored()).toContain('alheio.txt')
  },
)

test.each([
  ['lowdb', '/api/files/3'],
  ['lowdb', '/api/items/1'],
  ['staged: off', '/api/items/1'],
  ['postgres', '/api/items/1'],
] as const)('%s: a death between commit and bytes at DELETE %s leaves no record without bytes', async (which, url) => {
  const dying = dyingAt('record-gone')
  place = await openPlace(which, plainDocument, { failpoint: dying.failpoint })
  await upload()
  expect((await call(place, { method: 'DELETE', url, key: 'k' })).status).toBe(500)
  expect([await files(), (await stored()).length]).toEqual([2, 1])
  dying.live()
  if (which === 'postgres') {
    // Other processes may be at work: young bytes are left alone. The retry of the client removes them.
    await place.restart()
    expect((await call(place, { method: 'DELETE', url, key: 'k' })).status).toBe(200)
  } else await place.restart()
  await expect.poll(stored).toEqual([])
})

test('the sweep takes what is old enough and has no record; bytes whose record comes meanwhile stay', async () => {
  place = await openPlace('lowdb', plainDocument)
  const folder = new UploadFolder(place.uploads, () => '00000000-0000-4000-8000-00000000000a')
  const name = '00000000-0000-4000-8000-00000000000a.txt'
  await writeFile(join(place.uploads, name), 'x')
  await utimes(join(place.uploads, name), 0, 0)
  expect(await folder.sweep(async () => new Set(), 60_000)).toBe(0)
  expect(await folder.sweep(async () => new Set([name]), 0)).toBe(0)
  expect(await stored()).toEqual([name])
  expect(await folder.sweep(async () => new Set(), 0)).toBe(1)
  expect(await folder.sweep(async () => new Set(), 0)).toBe(0)
})

test('a write that fails changes nothing: neither records nor the change log', async () => {
  let failing = false
  const uuid = (): string => {
    if (failing) throw new Error('no chance')
    return '00000000-0000-4000-8000-000000000001'
  }
  for (const which of ['lowdb', 'staged: shadow', 'postgres'] as const) {
    failing = false
    place = await openPlace(which, plainDocument, { uuid })
    failing = true
    // The record is written first; the entry of the change log that goes with it cannot be made.
    expect((await call(place, { method: 'PUT', url: '/api/items/1', body: { title: 'Nova' } })).status).toBe(500)
    expect((await call(place, { method: 'DELETE', url: '/api/items/3' })).status).toBe(500)
    const item = (await place.app.inject('/api/items/1')).json().data
    expect([item.title, await files()]).toEqual(['Ideia 1', 2])
    expect((await place.app.inject('/api/changes')).json().data).toEqual([])
    if (which !== 'postgres') await place.close()
  }
})
