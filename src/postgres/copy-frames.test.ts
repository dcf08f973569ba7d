import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openFrames } from './copy-frames.ts'

function message(type: string, payload: Uint8Array): Buffer {
  const header = Buffer.from([...Buffer.from(type), 0, 0, 0, 0])
  header.writeUInt32BE(payload.length + 4, 1)
  return Buffer.concat([header, payload])
}

test('rows come out whole and in order however the socket cuts the bytes, and the rest is left untouched', () => {
  const type = fc.constantFrom('d', 'd', 'd', 'N', 'S', 'A')
  const messages = fc.array(fc.tuple(type, fc.uint8Array({ maxLength: 40 })))
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, cuts) => {
      const rest = Buffer.concat([message('c', Buffer.alloc(0)), message('C', Buffer.from('COPY 1\0'))])
      const all = Buffer.concat([message('H', Buffer.from([0, 0, 0])), ...sent.map(([t, p]) => message(t, p)), rest])
      const rows = Buffer.concat(sent.filter(([t]) => t === 'd').map(([, p]) => p))
      const frames = openFrames()
      const seen: Buffer[] = []
      for (let at = 0, turn = 0; ; turn++) {
        const next = at + (cuts[turn % cuts.length] ?? 1)
        const taken = frames(Buffer.from(all.subarray(at, next)))
        if (taken.payload) seen.push(taken.payload)
        at = next
        if (taken.rest === undefined) continue
        expect(Buffer.concat([taken.rest, all.subarray(at)])).toEqual(rest)
        break
      }
      expect(Buffer.concat(seen)).toEqual(rows)
    }),
  )
})
