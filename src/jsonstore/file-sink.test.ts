import { expect, test } from 'vitest'
import { type Disk, FileSink } from './file-sink.ts'

/** A disk that takes its time, and takes less than it is offered: it looks at the bytes only when the write is over. */
function slowDisk(most: number): Disk & { written: Buffer[] } {
  const written: Buffer[] = []
  const write = async (bytes: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }> => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    const bytesWritten = Math.min(length, most)
    written.push(Buffer.from(bytes.subarray(offset, offset + bytesWritten)))
    return { bytesWritten }
  }
  return { written, write }
}

const pattern = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255))

test.each([1000, 16, 7])('blocks reach a slow disk in order and whole, %i bytes at a time', async (most) => {
  const disk = slowDisk(most)
  const seen: Buffer[] = []
  const sink = new FileSink(disk, (block) => seen.push(Buffer.from(block)), undefined, 16)
  const bytes = pattern(1000)
  for (let at = 0, size = 1; at < bytes.length; at += size, size = ((size * 5) % 40) + 1) {
    await sink.write(bytes.subarray(at, at + size))
  }
  await sink.finish()
  expect(Buffer.concat(disk.written).equals(bytes)).toBe(true)
  expect(Buffer.concat(seen).equals(bytes)).toBe(true)
  expect(sink.bytes).toBe(1000)
})

test.each([0, 1, 15, 16, 17, 32])(
  'of %i bytes in blocks of 16, one block is the last, and all others are full',
  async (length) => {
    const blocks: [number, boolean][] = []
    const filter = (block: Buffer, last: boolean): Buffer => {
      blocks.push([block.length, last])
      return block
    }
    const sink = new FileSink(slowDisk(1000), undefined, filter, 16)
    for (const byte of pattern(length)) await sink.write(Buffer.from([byte]))
    await sink.finish()
    expect(blocks.filter(([, last]) => last)).toHaveLength(1)
    expect(blocks.at(-1)).toEqual([length === 0 ? 0 : ((length - 1) % 16) + 1, true])
    expect(blocks.slice(0, -1).every(([size]) => size === 16)).toBe(true)
  },
)

test('an error of the disk surfaces in a later write or in finish, and is never unhandled', async () => {
  const failing: Disk = { write: () => Promise.reject(new Error('of the disk')) }
  const late = new FileSink(failing, undefined, undefined, 16)
  await late.write(pattern(10))
  await expect(late.finish()).rejects.toThrow('of the disk')
  const early = new FileSink(failing, undefined, undefined, 16)
  await expect(async () => {
    for (;;) await early.write(pattern(10))
  }).rejects.toThrow('of the disk')
})
