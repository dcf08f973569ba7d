import { copyFile } from 'node:fs/promises'
import { JSONFile } from 'lowdb/node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adapterOn, type LowdbAdapter } from '../../src/rollout/lowdb/open.ts'
import type { Staged } from '../../src/rollout/open.ts'
import { STAGES, type Stage } from '../../src/rollout/postgres/stage.ts'
import { goTo } from '../helpers/staged.ts'
import { type Blog, openBlog } from './blog.ts'
import { Clients } from './clients.ts'
import { type Served, serve } from './served.ts'

let blog: Blog
let staged: Staged
let adapter: LowdbAdapter<never>
let served: Served

beforeEach(async () => {
  blog = await openBlog()
  staged = await blog.open()
  adapter = await adapterOn<never>(staged)
  served = await serve(adapter)
})

afterEach(async () => {
  await served.close()
  await adapter.close()
  await blog.close()
})

/** What is acknowledged is in both sides, alike and in the same order. */
async function expectBothToHave(clients: Clients): Promise<void> {
  await staged.settle()
  const [file, postgres] = [await blog.inFile(), await blog.inPostgres()]
  expect(file).toEqual(postgres)
  for (const list of ['posts', 'comments'] as const)
    expect(file[list].map(({ id }) => id)).toEqual(postgres[list].map(({ id }) => id))
  expect(clients.lost(file.posts)).toEqual([])
  const { body } = await served.ask('GET', '/posts')
  expect(body).toEqual(file.posts)
}

describe('json-server, as it comes, on the adapter', () => {
  test.each<[string, Stage[]]>([
    ['off to rampdown', ['dualwrite', 'shadow', 'live', 'rampdown']],
    ['off to live and back to off', ['dualwrite', 'shadow', 'live', 'shadow', 'dualwrite', 'off']],
  ])('goes from %s under load, and loses nothing that it acknowledged', async (_, way) => {
    const clients = new Clients(served, 6)
    clients.begin()
    for (const stage of way) {
      await clients.progress(40)
      await goTo(staged, stage)
      await clients.progress(40)
      await clients.pause()
      expect((await adapter.status()).stage).toBe(stage)
      if (stage !== 'off') await expectBothToHave(clients)
      clients.begin()
    }
    await clients.pause()
    expect(clients.failed).toEqual([])
    expect(clients.lost((await blog.inFile()).posts)).toEqual([])
  })

  test('answers as it does on a file of LowDB’s own, in every stage', async () => {
    const plain = blog.lab.path('plain.json')
    await copyFile(blog.file, plain)
    const other = await serve(new JSONFile<never>(plain))
    for (const stage of STAGES) {
      await goTo(staged, stage)
      await followScript(stage, served, other)
      const contents = JSON.parse(JSON.stringify(await new JSONFile(plain).read()))
      if (stage !== 'complete') expect(withoutMade(await blog.inFile())).toEqual(withoutMade(contents))
      if (stage !== 'off') expect(withoutMade(await blog.inPostgres())).toEqual(withoutMade(contents))
    }
    await other.close()
  })

  test('finds its document again when it starts in another stage', async () => {
    for (const stage of STAGES) {
      await goTo(staged, stage)
      const { body } = await served.ask('POST', '/posts', { title: stage })
      const before = await served.ask('GET', '/posts')
      await served.close()
      await adapter.close()
      staged = await blog.open()
      adapter = await adapterOn<never>(staged)
      served = await serve(adapter)
      const after = await served.ask('GET', '/posts')
      expect(after).toEqual(before)
      expect((after.body as unknown[]).at(-1)).toEqual(body)
    }
  })
})

/** The ids that json-server makes are random: each is told by the title beside it. */
function withoutMade(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name, one) => (name === 'id' && /^[\w-]{11}$/.test(one) ? 'made' : one))
}

/** One session with every kind of request, told to both. */
async function followScript(stage: Stage, one: Served, other: Served): Promise<void> {
  const made: [unknown, unknown] = [undefined, undefined]
  const both = async (method: string, path: string | ((id: unknown) => string), body?: object): Promise<void> => {
    const at = (id: unknown): string => (typeof path === 'string' ? path : path(id))
    const [ours, theirs] = [await one.ask(method, at(made[0]), body), await other.ask(method, at(made[1]), body)]
    if (method === 'POST') [made[0], made[1]] = [ours, theirs].map(({ body }) => (body as { id?: string }).id)
    expect(withoutMade(ours), `${stage} ${method} ${at(made[0])}`).toEqual(withoutMade(theirs))
  }
  await both('POST', '/posts', { title: stage, views: 1.5, nested: { list: [1, null, 'x'], empty: {} } })
  await both('GET', (id) => `/posts/${id}`)
  await both('PATCH', (id) => `/posts/${id}`, { views: null, more: [stage] })
  await both('PUT', '/posts/p3', { title: `put in ${stage}` })
  await both('GET', '/posts?_sort=title&_page=2&_per_page=5')
  await both('GET', '/posts/p4?_embed=comments')
  await both('PATCH', '/profile', { stage })
  await both('POST', '/comments', { text: `on ${stage}`, postId: 'p3' })
  await both('DELETE', `/posts/p${5 + STAGES.indexOf(stage)}`)
  await both('GET', '/comments')
  await both('DELETE', '/posts/never')
  await both('GET', '/nowhere')
  await both('POST', '/posts', {})
  await both('DELETE', (id) => `/posts/${id}`)
  await both('PUT', '/profile', { name: stage })
  await both('GET', '/profile')
  await both('GET', '/posts')
}
