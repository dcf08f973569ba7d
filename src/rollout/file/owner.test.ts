import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OutgrowError } from '../../errors.ts'
import { askOwner, becomeOwner, type Owner, type OwnerOptions, ownerOf } from './owner.ts'
import { isLeftBehind, ownerAddress } from './owner-address.ts'
import { askAt } from './owner-wire.ts'

let folder: string
let path: string
let owners: Owner[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-owner-'))
  path = join(folder, 'store.json')
  owners = []
})

afterEach(async () => {
  for (const owner of owners) await owner.release()
  await rm(folder, { recursive: true })
})

async function own(which = path, options: OwnerOptions = {}): Promise<Owner> {
  const owner = await becomeOwner(which, options)
  owners.push(owner)
  return owner
}

test('a store has one owner, by whatever name it is reached, before and after its file is made', async () => {
  await own()
  await expect(own()).rejects.toMatchObject({ code: 'locked', exit: 4, place: path })
  await writeFile(path, '{}')
  await symlink('store.json', join(folder, 'link.json'))
  await symlink(folder, `${folder}-link`)
  try {
    await expect(own(join(folder, 'link.json'))).rejects.toMatchObject({ code: 'locked' })
    await expect(own(join(`${folder}-link`, 'store.json'))).rejects.toMatchObject({ code: 'locked' })
  } finally {
    await rm(`${folder}-link`)
  }
  await own(join(folder, 'other.json'))
})

test('of many that would become owner at once, one does', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => own()))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('after a release the store is free, and nobody answers', async () => {
  const first = await own()
  await first.release()
  expect(await ownerOf(path)).toBeUndefined()
  expect(await askOwner(path, 'stage', {}, 1000)).toBeUndefined()
  expect((await own()).pid).toBe(process.pid)
})

test('a request reaches the owner, and its answer or refusal comes back', async () => {
  await own(path, {
    onRequest: async ({ ask, body }) => {
      if (ask === 'stage') return { asked: body }
      if (ask === 'nothing') return undefined
      throw new OutgrowError('refused', 'A gate is red.', { next: 'Wait.' })
    },
  })
  expect(await askOwner(path, 'stage', { to: 'live' }, 1000)).toEqual({ asked: { to: 'live' } })
  expect(await askOwner(path, 'nothing', null, 1000)).toBeNull()
  const refused = { code: 'refused', message: 'A gate is red.', next: 'Wait.' }
  await expect(askOwner(path, 'other', null, 1000)).rejects.toMatchObject(refused)
})

test('orders need the token, which only the owner of the folder can read; a name does not', async () => {
  let asked = 0
  const owner = await own(path, { onRequest: async () => ++asked })
  const address = ownerAddress(owner.path)
  for (const token of [undefined, '', 'x'.repeat(64)])
    await expect(askAt(address, { ask: 'stage', ...(token !== undefined && { token }) }, 1000)).rejects.toMatchObject({
      code: 'refused',
    })
  expect(asked).toBe(0)
  expect(await ownerOf(path)).toMatchObject({ pid: process.pid })
  expect((await stat(join(owner.folder, 'owner.json'))).mode & 0o777).toBe(0o600)
  const former = (JSON.parse(await readFile(join(owner.folder, 'owner.json'), 'utf8')) as { token: string }).token
  await owner.release()
  await own(path, { onRequest: async () => ++asked })
  await expect(askAt(address, { ask: 'stage', token: former }, 1000)).rejects.toMatchObject({ code: 'refused' })
})

test('noise on the socket harms nobody', async () => {
  const owner = await own()
  const address = ownerAddress(owner.path)
  for (const noise of ['\u0000\n', 'null\n', '{}\n', '[]\n', 'x'.repeat(3 << 20)]) {
    const socket = createConnection({ path: address })
    const ended = new Promise((resolve) => socket.once('close', resolve).once('data', resolve).on('error', resolve))
    socket.write(noise)
    await ended
    socket.destroy()
  }
  expect(await ownerOf(path)).toMatchObject({ pid: process.pid })
})

test('where the kernel does not free the name, it is a file; elsewhere there is none', () => {
  expect(ownerAddress('/a', 'linux')).toMatch(/^\0outgrow-[0-9a-f]{32}$/)
  expect(ownerAddress('C:\\a', 'win32')).toMatch(/^\\\\\.\\pipe\\outgrow-/)
  expect([ownerAddress('/a', 'darwin'), ownerAddress('/a', 'linux')].map(isLeftBehind)).toEqual([true, false])
  expect(ownerAddress('/a', 'darwin').length).toBeLessThan(104)
})
