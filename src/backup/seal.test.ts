import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkKey, FRAME, openSeal, unseal } from './seal.ts'

const KEY = { key: randomBytes(32), keyId: 'ü'.repeat(127) }
const SEALED_FRAME = FRAME + 16
const folder = await mkdtemp(join(tmpdir(), 'outgrow-seal-'))
const path = join(folder, 'a')

afterAll(() => rm(folder, { recursive: true }))

function sealed(length: number, name = 'a'): { header: number; content: Buffer; bytes: Buffer } {
  const { header, seal } = openSeal(KEY, name)
  const content = randomBytes(length)
  const frames: Buffer[] = []
  for (let at = 0; at === 0 || at < length; at += FRAME) {
    frames.push(seal(content.subarray(at, at + FRAME), at + FRAME >= length))
  }
  return { header: header.length, content, bytes: Buffer.concat([header, ...frames]) }
}

async function opened(bytes: Uint8Array, key = KEY, name = 'a'): Promise<Buffer> {
  await writeFile(path, bytes)
  const file = await open(path)
  try {
    const chunks: Buffer[] = []
    for await (const chunk of unseal(file, name, key)) chunks.push(chunk)
    return Buffer.concat(chunks)
  } finally {
    await file.close()
  }
}

test.each([0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME])('%i bytes come back as they were sealed', async (length) => {
  const { content, bytes } = sealed(length)
  expect((await opened(bytes)).equals(content)).toBe(true)
})

test('the same content is never the same bytes twice', () => {
  const [one, two] = [openSeal(KEY, 'a'), openSeal(KEY, 'a')]
  const block = Buffer.alloc(100)
  expect(one.header.equals(two.header)).toBe(false)
  expect(one.seal(block, false).equals(two.seal(block, false))).toBe(false)
  expect(one.seal(block, false).equals(one.seal(block, false))).toBe(false)
})

test('frames that are changed, cut off, repeated, moved or of another file are not authentic', async () => {
  const { header, bytes } = sealed(3 * FRAME)
  const frame = (at: number): Buffer => bytes.subarray(header + at * SEALED_FRAME, header + (at + 1) * SEALED_FRAME)
  const head = bytes.subarray(0, header)
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] as number) ^ 1
    return copy
  }
  const damage: Record<string, Uint8Array> = {
    'a flipped bit of the first frame': flipped(header + 5),
    'a flipped bit of the last tag': flipped(bytes.length - 1),
    'a flipped bit of the salt': flipped(header - 1),
    'the last frame cut off': bytes.subarray(0, header + 2 * SEALED_FRAME),
    'all frames cut off': head,
    'the last byte cut off': bytes.subarray(0, -1),
    'a frame repeated': Buffer.concat([head, frame(0), frame(0), frame(2)]),
    'frames swapped': Buffer.concat([head, frame(1), frame(0), frame(2)]),
    'the first frame left out': Buffer.concat([head, frame(1), frame(2)]),
    'a byte too many': Buffer.concat([bytes, Buffer.alloc(1)]),
    'a whole frame of another file': Buffer.concat([head, frame(0), sealed(FRAME).bytes.subarray(header), frame(2)]),
  }
  for (const [what, damaged] of Object.entries(damage)) {
    await expect(opened(damaged), what).rejects.toMatchObject({ code: 'backup-damaged' })
  }
})

test('a whole file under the name of another is not authentic', async () => {
  const { bytes } = sealed(10)
  await expect(opened(bytes, KEY, 'b')).rejects.toThrow('b is not what was encrypted')
})

test('another key is told by its id, or found by the first frame; what is no sealed file is told', async () => {
  const { bytes } = sealed(10)
  await expect(opened(bytes, { ...KEY, keyId: 'k2' })).rejects.toThrow(`is encrypted with key "${KEY.keyId}"`)
  await expect(opened(bytes, { ...KEY, key: randomBytes(32) })).rejects.toThrow('frame 0 is not authentic')
  for (const other of ['', 'OUTGROW1', '{"version": 1}']) {
    await expect(opened(Buffer.from(other))).rejects.toThrow('does not begin as an encrypted file does')
  }
})

test.each([
  [randomBytes(31), 'k'],
  [randomBytes(33), 'k'],
  [randomBytes(32), ''],
  [randomBytes(32), 'ü'.repeat(128)],
])('a key of the wrong size, or without a usable id, is refused', (key, keyId) => {
  expect(() => checkKey({ key, keyId })).toThrow(expect.objectContaining({ code: 'usage' }))
})
