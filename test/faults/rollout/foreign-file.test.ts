import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { type Bank, openBank } from './bank.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

const other = JSON.stringify({ ideas: [], lastId: '99', theirs: true })

/** What somebody else may do to the file of a service that is serving it. */
const MEDDLING: Record<string, (file: string) => Promise<void>> = {
  'is replaced': async (file) => {
    await writeFile(`${file}.other`, other)
    await rename(`${file}.other`, file)
  },
  'is edited in place': (file) => writeFile(file, other),
  'is deleted': (file) => rm(file),
  'is truncated': (file) => truncate(file, 20),
  'becomes null': (file) => writeFile(file, 'null'),
}

async function create(url: string, title: string): Promise<Response> {
  const body = JSON.stringify({ title, description: 'd', category: 'dashboard', priority: 'low' })
  return fetch(`${url}/api/items`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
}

test('a file that others meddle with is never written over: writes are refused, reads go on, and a restart tells', async () => {
  const opened = await openBank({ stage: 'dualwrite' })
  bank = opened
  for (const [what, meddle] of Object.entries(MEDDLING)) {
    const service = await opened.start()
    expect((await create(opened.url, what)).status, what).toBe(201)
    const ours = await readFile(opened.file, 'utf8')
    await meddle(opened.file)
    const theirs = await contentOf(opened.file)
    const refused = await create(opened.url, 'lost?')
    expect(refused.status, what).toBe(503)
    expect(refused.headers.get('retry-after'), what).not.toBeNull()
    expect(await contentOf(opened.file), what).toBe(theirs)
    const listed = (await (await fetch(`${opened.url}/api/items`)).json()) as { data: { title: string }[] }
    const titles = listed.data.map(({ title }) => title)
    expect(titles, what).toContain(what)
    expect(titles, what).not.toContain('lost?')
    await service.stop('SIGTERM')
    expect(await contentOf(opened.file), what).toBe(theirs)
    await writeFile(opened.file, ours)
  }
  await opened.start()
  expect((await create(opened.url, 'at last')).status).toBe(201)
})

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
