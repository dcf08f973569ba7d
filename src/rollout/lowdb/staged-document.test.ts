import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Adapter, Low } from 'lowdb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { emptyDocument, sidePlan } from '../../../test/contract/side-plan.ts'
import { type LowdbAdapter, lowdbAdapter } from './open.ts'

interface Idea {
  id: string
  title?: unknown
  votes?: number
}

interface Data {
  ideas: Idea[]
  systems: { id: number }[]
  settings: Record<string, { theme?: string }>
  links: { url: string }[]
  profile?: { owner?: string }
  nextId?: number
}

const start: Data = {
  ...emptyDocument,
  ideas: ['a', 'b', 'c'].map((id) => ({ id, title: `idea ${id}` })),
  settings: { eva: { theme: 'dark' } },
  links: [{ url: 'x' }],
  nextId: 4,
}

let folder: string
let file: string
const opened: LowdbAdapter<Data>[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-lowdb-'))
  file = join(folder, 'db.json')
  await writeFile(file, JSON.stringify(start, null, 2))
})

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  await rm(folder, { recursive: true })
})

async function open(): Promise<LowdbAdapter<Data>> {
  const adapter = await lowdbAdapter<Data>({ name: sidePlan.store, file, plan: sidePlan })
  opened.push(adapter)
  return adapter
}

async function begin(): Promise<Low<Data>> {
  const adapter: Adapter<Data> = await open()
  const db = new Low<Data>(adapter, emptyDocument)
  await db.read()
  return db
}

const textNow = (): Promise<string> => readFile(file, 'utf8')
const ids = async (): Promise<string[]> => (JSON.parse(await textNow()) as Data).ideas.map(({ id }) => id)

describe('A LowDB document over the store', () => {
  test('is read as the file has it, and written as LowDB would write it', async () => {
    const db = await begin()
    expect(JSON.stringify(db.data)).toBe(JSON.stringify(start))
    await db.update((data) => {
      data.ideas.push({ id: 'd', title: { deep: [1, null] } })
      data.ideas.splice(1, 1, { id: 'b', votes: 2 })
      data.settings.bo = { theme: 'light' }
      delete data.settings.eva
      data.links.unshift({ url: 'y' })
      data.profile = { owner: 'Eva' }
      data.nextId = 5
    })
    expect(await textNow()).toBe(JSON.stringify(db.data, null, 2))
  })

  test.each<[string, (ideas: Idea[]) => unknown, string]>([
    ['what is put in front', (ideas) => ideas.unshift({ id: 'x' }, { id: 'y' }), 'xyabc'],
    ['what is put in between', (ideas) => ideas.splice(1, 0, { id: 'x' }), 'axbc'],
    ['what is sorted', (ideas) => ideas.sort((a, b) => (a.id < b.id ? 1 : -1)), 'cba'],
    ['what is moved', (ideas) => ideas.push(...ideas.splice(0, 1)), 'bca'],
    ['a record whose key changed', (ideas) => Object.assign(ideas[1] as Idea, { id: 'z' }), 'azc'],
    ['a list that is filled anew', (ideas) => ideas.splice(0, 9, { id: 'c' }, { id: 'n' }, { id: 'a' }), 'cna'],
  ])('keeps the place of %s', async (_, edit, order) => {
    const db = await begin()
    await db.update(({ ideas }) => edit(ideas))
    expect((await ids()).join('')).toBe(order)
    expect(await textNow()).toBe(JSON.stringify(db.data, null, 2))
    await db.read()
    expect(db.data.ideas.map(({ id }) => id).join('')).toBe(order)
  })

  test('a write is what the document was when it was called', async () => {
    const db = await begin()
    const read = db.data
    read.ideas.push({ id: 'd' })
    const first = db.write()
    read.ideas.push({ id: 'e' })
    Object.assign(read.ideas[0] as Idea, { title: 'later' })
    await first
    expect(await ids()).toEqual(['a', 'b', 'c', 'd'])
    expect(await textNow()).not.toContain('later')
    await db.write()
    expect(await textNow()).toBe(JSON.stringify(read, null, 2))
    await db.read()
    expect(db.data).not.toBe(read)
    expect(db.data).toEqual(read)
  })

  test('each of many writes at once is on disk when its promise resolves', async () => {
    const db = await begin()
    await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        db.data.ideas.push({ id: `n${n}` })
        await db.write()
        expect(await ids()).toContain(`n${n}`)
      }),
    )
    expect(await ids()).toHaveLength(43)
  })

  test('a read does not answer before what was written while it read', async () => {
    const db = await begin()
    const read = db.read()
    db.data.ideas.push({ id: 'd' })
    await db.write()
    await read
    expect(db.data.ideas.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
  })

  test.each<[string, (data: Data) => unknown, string]>([
    ['an id twice', ({ ideas }) => ideas.push({ id: 'b' }), '/ideas/3'],
    ['a record without a key', ({ ideas }) => ideas.push({} as Idea), '/ideas/3'],
    ['a key that is none', ({ ideas }) => ideas.push({ id: Number.NaN as never }), '/ideas/3'],
    ['what is no record', ({ ideas }) => ideas.push(null as never), '/ideas/3'],
    ['a list that is none', (data) => Object.assign(data, { ideas: {} }), '/ideas'],
    ['a list without keys that holds no records', ({ links }) => links.push(7 as never), '/links/1'],
    ['an object that is none', (data) => Object.assign(data, { profile: null }), '/profile'],
    ['a map of what are no records', ({ settings }) => Object.assign(settings, { 'a/b': 1 }), '/settings/a~1b'],
    ['a member that the plan does not know', (data) => Object.assign(data, { $schema: 'x' }), '/$schema'],
    ['a date', ({ ideas }) => Object.assign(ideas[1] as Idea, { title: new Date(0) }), '/ideas/1/title'],
    ['a date where there was an empty object', (data) => Object.assign(data, { profile: new Date(0) }), '/profile'],
    ['what is no number', ({ ideas }) => Object.assign(ideas[2] as Idea, { votes: Number.NaN }), '/ideas/2/votes'],
    [
      'an undefined element',
      ({ ideas }) => Object.assign(ideas[0] as Idea, { title: [undefined] }),
      '/ideas/0/title/0',
    ],
    ['an instance of a class', ({ ideas }) => Object.assign(ideas[0] as Idea, { title: new Map() }), '/ideas/0/title'],
  ])('refuses %s with its place, and stores nothing of that write', async (_, edit, place) => {
    const db = await begin()
    const before = structuredClone(db.data)
    db.data.nextId = 99
    edit(db.data)
    await expect(db.write()).rejects.toMatchObject({ code: 'usage', place })
    expect(await textNow()).toBe(JSON.stringify(start, null, 2))
    db.data = before
    db.data.ideas.push({ id: 'after' })
    await db.write()
    expect(await textNow()).toBe(JSON.stringify(db.data, null, 2))
  })

  test('members that are undefined are left out, and are no change', async () => {
    const db = await begin()
    Object.assign(db.data, { profile: undefined, other: undefined })
    Object.assign(db.data.ideas[0] as Idea, { votes: undefined })
    db.data.settings.eva = { theme: 'dark' }
    await db.write()
    expect(await textNow()).toBe(JSON.stringify(db.data, null, 2))
    expect(JSON.parse(await textNow())).toEqual({ ...start, profile: undefined })
  })

  test('what the document no longer has is removed; lists and maps are still there when it is read', async () => {
    const db = await begin()
    db.data = { nextId: 4 } as Data
    await db.write()
    await db.read()
    expect(db.data).toEqual({ ideas: [], systems: [], settings: {}, links: [], nextId: 4 })
  })

  test('a document that was not read is not written over', async () => {
    const db = new Low<Data>(await open(), emptyDocument)
    await expect(db.write()).rejects.toMatchObject({ code: 'usage' })
    expect(await textNow()).toBe(JSON.stringify(start, null, 2))
  })

  test('one process has the file: a second adapter is told who does', async () => {
    await begin()
    await expect(open()).rejects.toMatchObject({ code: 'locked' })
    await opened.splice(0)[0]?.close()
    expect((await begin()).data).toEqual(start)
  })

  test('a file with a member that the plan does not know is refused, and left as it is', async () => {
    const text = JSON.stringify({ ...start, more: 1 })
    await writeFile(file, text)
    await expect(open()).rejects.toMatchObject({ code: 'source-unfit', place: '/more' })
    expect(await textNow()).toBe(text)
  })

  test('the file that is not there begins with the defaults; a closed document takes nothing', async () => {
    await rm(file)
    await expect(open()).rejects.toMatchObject({ code: 'source-unfit' })
    const adapter = await lowdbAdapter<Data>({ name: sidePlan.store, file, plan: sidePlan, defaults: emptyDocument })
    const db = new Low<Data>(adapter, emptyDocument)
    await db.read()
    db.data.ideas.push({ id: 'a' })
    const write = db.write()
    await adapter.close()
    await write
    expect(await ids()).toEqual(['a'])
    db.data.ideas.push({ id: 'b' })
    await expect(db.write()).rejects.toMatchObject({ code: 'unavailable' })
    expect(await ids()).toEqual(['a'])
  })

  test('a document that is one list is read and written as such', async () => {
    const [ideas] = sidePlan.collections
    if (ideas === undefined) throw new Error('no collection')
    const plan = { ...sidePlan, document: 'list' as const, collections: [ideas] }
    await writeFile(file, '[{"id":"a"}]')
    const adapter = await lowdbAdapter<Idea[]>({ name: plan.store, file, plan })
    const db = new Low<Idea[]>(adapter, [])
    await db.read()
    db.data.unshift({ id: 'b' })
    await db.write()
    expect(await textNow()).toBe(JSON.stringify([{ id: 'b' }, { id: 'a' }], null, 2))
    db.data.push({ id: 'b' })
    await expect(db.write()).rejects.toMatchObject({ code: 'usage', place: '/2' })
    await adapter.close()
  })
})
