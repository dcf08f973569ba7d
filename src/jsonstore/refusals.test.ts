import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../test/helpers/document.ts'
import { jsonText, utf8 } from '../../test/helpers/json.ts'

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

describe('a store is refused, with the byte at which it is wrong, when it', () => {
  test.each<[string, string | Buffer, number, RegExp]>([
    ['is empty', '', 0, /empty/],
    ['is white space', ' \n', 2, /truncated/],
    ['is a byte order mark', '\ufeff', 3, /truncated/],
    ['is null', 'null', 0, /single value null/],
    ['is a number', ' 12\n', 1, /single value 12/],
    ['is a string', '"x"', 0, /single value/],
    ['is filled with NUL', Buffer.alloc(4096), 0, /filled with NUL/],
    ['was not written to its end', bytes('{"a":[1,2', [0, 0, 0]), 9, /NUL byte/],
    ['is cut in a list', '{"a":[1,2', 9, /truncated/],
    ['is cut in a string', '{"a":"xy', 8, /truncated/],
    ['is cut in an escape', '{"a":"\\u00', 10, /truncated/],
    ['is cut in a word', '{"a":tr', 7, /truncated/],
    ['is cut in a number', '{"a":-', 6, /truncated/],
    ['is cut in an exponent', '[1e+', 4, /truncated/],
    ['is cut in a name', '{"a', 3, /truncated/],
    ['is cut before a value', '{"a":', 5, /truncated/],
    ['is cut after a comma', '{"a":1,', 7, /truncated/],
    ['lacks its last brace', '{"a":[1]', 8, /truncated/],
    ['is cut inside a character', bytes('["', [0xe2, 0x82]), 2, /not UTF-8/],
    ['is not UTF-8', bytes('["a', [0xe9], '"]'), 3, /0xe9 is not UTF-8/],
    ['has an overlong character', bytes('["', [0xc0, 0x80], '"]'), 2, /not UTF-8/],
    ['has a raw surrogate', bytes('["', [0xed, 0xa0, 0x80], '"]'), 2, /not UTF-8/],
    ['is UTF-16 with its mark', Buffer.from('\ufeff{"a":1}', 'utf16le'), 0, /UTF-16/],
    ['is big-endian UTF-16', Buffer.from('\ufeff[]', 'utf16le').swap16(), 0, /UTF-16/],
    ['is UTF-16 without its mark', Buffer.from('{"a":1}', 'utf16le'), 1, /UTF-16/],
    ['has a trailing comma in a list', '{"a":[1,]}', 8, /trailing comma/],
    ['has a trailing comma in an object', '{"a":{"b":1, }}', 13, /trailing comma/],
    ['has a trailing comma at the top', '{"a":1,}', 7, /trailing comma/],
    ['has a leading comma', '[,1]', 1, /`,`/],
    ['lacks a comma', '{"a":[1 2]}', 8, /`2` where `,` or `\]`/],
    ['lacks a comma between members', '{"a":1 "b":2}', 7, /`,` or `}`/],
    ['lacks a colon', '{"a" 1}', 5, /`:`/],
    ['lacks a value', '{"a":}', 5, /a value/],
    ['closes what is not open', '[1}', 2, /`}`/],
    ['has a comment', '{"a":1} // x', 8, /comment/],
    ['has a comment inside', '[/* x */1]', 1, /comment/],
    ['has single quotes', "{'a':1}", 1, /single quote/],
    ['has a name without quotes', '{a:1}', 1, /member name without quotes/],
    ['has a raw line break in a string', '["a\nb"]', 3, /control character \(0x0a\)/],
    ['has a raw NUL in a string', '["a\0b"]', 3, /NUL byte/],
    ['has an unknown escape', '["\\x41"]', 3, /escape/],
    ['has a short unicode escape', '["\\u12G4"]', 6, /hex digit/],
    ['has a leading zero', '[01]', 2, /leading zeros/],
    ['has a plus', '[+1]', 1, /a value/],
    ['has a point without digits', '[1.]', 3, /a digit/],
    ['has a number without digits', '[-]', 2, /a digit/],
    ['has NaN', '[NaN]', 1, /a value/],
    ['has a misspelt word', '[nulL]', 4, /`null`/],
    ['has a word that goes on', '[truex]', 5, /`,` or `\]`/],
    ['has two documents', '{"a":1}\n{"b":2}', 8, /second document begins/],
    ['has a brace too many', '{"a":1}}', 7, /the end of the file/],
    ['has a name twice in a record', '{"a":[{"x":1,"x":2}]}', 13, /"x" stands twice/],
    ['has a name twice in two spellings', '[{"é":1,"\\u00e9":2}]', 9, /"é" stands twice/],
    ['has a name twice at the top', '{"a":1,"b":2,"a":3}', 13, /"a" stands twice in the document/],
  ])('%s', async (_, content, offset, message) => {
    expect(await refusalOf(content)).toEqual({ offset, message: expect.stringMatching(message) })
    expect(await refusalOf(content, () => 1), 'read byte by byte').toMatchObject({ offset })
  })

  test('has a name twice in a map of more names than are numbered', async () => {
    const members = Array.from({ length: 70_000 }, (_, i) => `"k${i}":0`)
    for (const twice of ['k3', 'k69999']) {
      const text = `[{${members.join()},"${twice}":1}]`
      expect(await refusalOf(text)).toMatchObject({ offset: text.length - twice.length - 6 })
    }
  })

  test('has a name twice among the members that are read one by one', async () => {
    expect(await refusalOf('{"map":{"a":1,"b":2,"a":3}}')).toMatchObject({ offset: 20 })
  })
})

type Blow = { kind: 'replace' | 'insert' | 'delete' | 'cut'; at: number; byte: number }

const blow: fc.Arbitrary<Blow> = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'delete', 'cut'),
  at: fc.nat(),
  byte: fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\/0-1eE.ntu \n')), fc.integer({ min: 0, max: 255 })),
})

function damage(content: Buffer, { kind, at, byte }: Blow): Buffer {
  const place = at % (content.length + 1)
  if (kind === 'cut') return content.subarray(0, place)
  const rest = content.subarray(kind === 'insert' ? place : place + 1)
  return Buffer.concat([content.subarray(0, place), kind === 'delete' ? Buffer.alloc(0) : Buffer.of(byte), rest])
}

function parses(content: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content))
    return typeof value === 'object' && value !== null
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false
    throw error
  }
}

describe('under random damage to random documents', () => {
  const damaged = fc
    .tuple(jsonText, jsonText, fc.array(blow, { minLength: 1, maxLength: 2 }))
    .map(([a, b, blows]) => blows.reduce(damage, utf8(`{"list":[${a}],"value": ${b}}`)))

  test('exactly what JSON.parse refuses is refused, duplicates aside', async () => {
    const seen = { refused: 0, read: 0 }
    await fc.assert(
      fc.asyncProperty(damaged, async (content) => {
        const refusal = await refusalOf(content)
        if (refusal?.message.includes('stands twice')) return
        seen[refusal ? 'refused' : 'read']++
        expect({ refused: refusal !== undefined, content: content.toString() }).toEqual({
          refused: !parses(content),
          content: content.toString(),
        })
      }),
      { numRuns: 1500 },
    )
    expect(Math.min(seen.refused, seen.read)).toBeGreaterThan(50)
  })

  test('the byte named is the first at which the document can no longer be whole', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async (content) => {
        const refusal = await refusalOf(content)
        if (!refusal || /stands twice|UTF-8|single value|UTF-16/.test(refusal.message)) return
        const before = await refusalOf(content.subarray(0, refusal.offset))
        // What stands before it is a document, or the beginning of one.
        if (before) expect(before.message).toMatch(/truncated|empty|single value/)
        if (refusal.offset < content.length)
          expect(await refusalOf(content.subarray(0, refusal.offset + 1))).toMatchObject({ offset: refusal.offset })
      }),
      { numRuns: 700 },
    )
  })
})
