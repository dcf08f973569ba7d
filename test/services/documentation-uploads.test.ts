import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import contentDisposition from 'content-disposition'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, call, fileForm } from './documentation-calls.ts'
import { plainDocument } from './documentation-documents.ts'
import { type Opened, openPlace } from './documentation-places.ts'

const MB = 1024 * 1024

let place: Opened
afterEach(() => place.close())

const upload = (bytes: Uint8Array | string, name = 'nota.txt', key?: string): Promise<Answer> =>
  call(place, { method: 'POST', url: '/api/items/1/files', form: fileForm(bytes, name), ...(key && { key }) })
const stored = async (): Promise<string[]> => (await readdir(place.uploads)).sort()
const download = (id: string) => place.app.inject(`/api/files/${id}/download`)
const made = ({ body }: Answer) => JSON.parse(body).data

describe.each(['lowdb', 'postgres'] as const)('%s', (which) => {
  beforeEach(async () => {
    place = await openPlace(which, plainDocument)
  })

  test.each([
    ['PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'image/png', '.png'],
    ['PDF', Buffer.from('%PDF-1.7\n'), 'application/pdf', '.pdf'],
    ['text', Buffer.from('olá\n'), 'text/plain', '.txt'],
    ['HTML, which no browser is to run', Buffer.from('<script>alert(1)</script>'), 'text/plain', '.txt'],
    ['half a character', Buffer.from([0xc3]), 'application/octet-stream', '.bin'],
    ['a control character', Buffer.from('a\u0000b'), 'application/octet-stream', '.bin'],
    ['nothing', Buffer.alloc(0), 'text/plain', '.txt'],
  ])('%s is known by its bytes, whatever the client says', async (_, bytes, mime, extension) => {
    const file = made(await upload(bytes, 'x.exe'))
    expect(file).toEqual({
      id: '3',
      ideaId: '1',
      originalName: 'x.exe',
      storedName: expect.stringMatching(/^[0-9a-f-]{36}\.\w+$/),
      size: bytes.length,
      mimeType: mime,
      url: '/api/files/3/download',
      uploadedAt: expect.stringMatching(/^2026/),
    })
    expect(file.storedName.endsWith(extension)).toBe(true)
    expect(await readFile(join(place.uploads, file.storedName))).toEqual(bytes)
    const answer = await download('3')
    expect(answer.rawPayload).toEqual(bytes)
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-length': String(bytes.length),
      etag: `"${createHash('sha256').update(bytes).digest('hex')}"`,
    })
    expect(answer.headers['content-type']).toContain(mime)
    const item = await place.app.inject('/api/items/1')
    expect(item.json().data.files).toEqual([file])
  })

  test('ten megabytes are taken, one byte more is 413 and leaves nothing', async () => {
    expect((await upload(Buffer.alloc(10 * MB, 1))).status).toBe(201)
    const before = await stored()
    const answer = await upload(Buffer.alloc(10 * MB + 1, 1))
    expect([answer.status, JSON.parse(answer.body).error]).toEqual([413, 'file must have at most 10 MB'])
    expect(await stored()).toEqual(before)
    expect((await place.app.inject('/api/stats')).json().data.files).toBe(3)
  })

  test('what is refused leaves no bytes: an unknown item, a second part, a body that is no form', async () => {
    const form = fileForm('x')
    const post = (url: string, parts = form) => call(place, { method: 'POST', url, form: parts })
    expect((await post('/api/items/none/files')).status).toBe(404)
    expect((await post('/api/items/1/files', [...form, { name: 'b', text: 'x' }])).status).toBe(400)
    expect((await post('/api/items/1/files', [...form, ...form])).status).toBe(400)
    expect((await call(place, { method: 'POST', url: '/api/items/1/files', body: {} })).status).toBe(415)
    expect(await stored()).toEqual([])
  })

  test('uploads under one key keep one record and its bytes once, also at the same time; other bytes are 409', async () => {
    const twins = await Promise.all([1, 2, 3].map(() => upload('olá', 'nota.txt', 'k')))
    expect(new Set(twins.map((one) => one.body)).size).toBe(1)
    expect((await upload('olá', 'nota.txt', 'k')).body).toBe(twins[0]?.body)
    expect((await upload('outro', 'nota.txt', 'k')).status).toBe(409)
    expect(await stored()).toEqual([made(twins[0] as Answer).storedName])
    expect((await place.app.inject('/api/stats')).json().data.files).toBe(3)
  })

  test('bytes go with their record, and with their idea', async () => {
    for (const text of ['um', 'dois', 'três']) await upload(text)
    expect((await call(place, { method: 'DELETE', url: '/api/files/3' })).status).toBe(200)
    expect(await stored()).toHaveLength(2)
    expect((await download('3')).statusCode).toBe(404)
    const gone = await call(place, { method: 'DELETE', url: '/api/items/1' })
    expect(made(gone).files.map((file: { id: string }) => file.id)).toEqual(['4', '5'])
    expect(await stored()).toEqual([])
    expect((await place.app.inject('/api/stats')).json().data).toMatchObject({ total: 1, files: 2 })
  })
})

test('any name comes back from the header as it was, without folders', async () => {
  place = await openPlace('lowdb', plainDocument)
  const names = ["o'k (1).txt", 'é 😀 ação.txt', '100% a;b=c,d.txt', ' espaço.txt', 'a\u00a0b.txt', '.env', '%41.txt']
  for (const name of names) {
    const { id, originalName } = made(await upload('x', name))
    expect(originalName).toBe(name)
    const header = String((await download(id)).headers['content-disposition'])
    expect(contentDisposition.parse(header)).toMatchObject({ type: 'attachment', parameters: { filename: name } })
  }
  expect(made(await upload('x', '../../etc/passwd')).originalName).toBe('passwd')
  expect(made(await upload('x', 'C:\\temp\\a.txt')).originalName).toBe('a.txt')
})

test('a name in an old record that leads out of the folder is not followed, and lost bytes are 404', async () => {
  const old = { id: '9', idea_id: '1', original_name: 'x', stored_name: '../segredo.txt', size: 1 }
  place = await openPlace('lowdb', { ...plainDocument, files: [old, { ...old, id: '10', stored_name: 'perdido.txt' }] })
  await writeFile(join(place.uploads, '..', 'segredo.txt'), 'x')
  for (const id of ['9', '10']) expect((await download(id)).statusCode).toBe(404)
  expect((await call(place, { method: 'DELETE', url: '/api/files/9' })).status).toBe(200)
  expect(await readFile(join(place.uploads, '..', 'segredo.txt'), 'utf8')).toBe('x')
})

test('over a real connection, too much is told before the client has sent it all, and a client that goes leaves nothing', async () => {
  place = await openPlace('lowdb', plainDocument)
  const address = await place.app.listen({ port: 0, host: '127.0.0.1' })
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(12 * MB)]), 'x.bin')
  const answer = await fetch(`${address}/api/items/1/files`, { method: 'POST', body: form })
  expect(answer.status).toBe(413)
  const abort = new AbortController()
  const body = new ReadableStream({
    start(controller) {
      const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
      controller.enqueue(new TextEncoder().encode(`${head}x`))
    },
  })
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  const options = { method: 'POST', body, headers, duplex: 'half', signal: abort.signal } as RequestInit
  const cut = fetch(`${address}/api/items/1/files`, options)
  await expect.poll(stored).toHaveLength(1)
  abort.abort()
  await expect(cut).rejects.toThrow()
  await expect.poll(stored).toEqual([])
})
