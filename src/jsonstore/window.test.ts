import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withFile } from '../../test/helpers/file.ts'
import { Window } from './window.ts'

/** Everything that a window brings, consuming about `step` bytes at a time, and whole characters only. */
async function drain(window: Window, step: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (;;) {
    while (window.end - window.at < step + 4 && (await window.fill()));
    let end = Math.min(window.at + step, window.end)
    while (end < window.end && ((window.bytes[end] as number) & 0xc0) === 0x80) end++
    if (end === window.at) return Buffer.concat(parts)
    parts.push(Buffer.from(window.bytes.subarray(window.at, end)))
    window.at = end
  }
}

test('a window brings every byte of its span once, in order, and shows each once to its listener', async () => {
  const content = Buffer.from('héllo wörld '.repeat(400_000))
  await withFile(content, async (file) => {
    for (const [from, to, step] of [
      [0, Number.POSITIVE_INFINITY, 999_983],
      [14, 3_000_000, 4_000_000],
      [14, 14, 1],
    ] as const) {
      const hash = createHash('sha256')
      const window = new Window(file, from, to, (chunk) => hash.update(chunk))
      const span = content.subarray(from, to)
      expect((await drain(window, step)).equals(span)).toBe(true)
      expect(hash.digest('hex')).toBe(createHash('sha256').update(span).digest('hex'))
      expect(window.offset).toBe(from + span.length)
      expect(await window.fill()).toBe(false)
    }
  })
})

test('what is not consumed stays in the window, whatever its length', async () => {
  const content = Buffer.alloc(5 << 20, 'x')
  await withFile(content, async (file) => {
    const window = new Window(file)
    while (await window.fill());
    expect([window.base, window.at, window.end]).toEqual([0, 0, content.length])
  })
})

test('the first byte that belongs to no character is named', async () => {
  const bad = fc.constantFrom(
    [0xff],
    [0x80],
    [0xc3],
    [0xe2, 0x82],
    [0xf0, 0x9f, 0x98],
    [0xed, 0xa0, 0x80],
    [0xc0, 0xaf],
  )
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 30 }), bad, fc.string(), async (before, wrong, after) => {
      fc.pre(before.isWellFormed())
      const head = Buffer.from(`x${before}`)
      await withFile(Buffer.concat([head, Buffer.from(wrong), Buffer.from(after)]), async (file) => {
        await expect(drain(new Window(file), 7)).rejects.toMatchObject({
          code: 'source-damaged',
          place: `byte ${head.length}`,
        })
      })
    }),
    { numRuns: 200 },
  )
})

test('a character cut by the end of a read is whole in the next', async () => {
  const content = Buffer.from('a😀é€')
  await withFile(content, async (file) => {
    for (let cut = 1; cut < content.length; cut++) {
      const slow = { read: (b: Buffer, o: number, n: number, p: number) => file.read(b, o, Math.min(n, cut), p) }
      // `read` is all that a window uses of a handle.
      expect((await drain(new Window(slow as unknown as typeof file), 2)).equals(content)).toBe(true)
    }
  })
})
