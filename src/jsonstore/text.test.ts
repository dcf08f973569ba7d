import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8, wtf8 } from '../../test/helpers/json.ts'
import { Bytes } from './bytes.ts'
import { escapeJson, HAS_LONE_SURROGATE, HAS_NUL, jsonText, unescapeJson } from './text.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((codes) => String.fromCharCode(...codes)),
  fc.array(fc.integer({ min: 0xd7fe, max: 0xe001 }), { maxLength: 6 }).map((codes) => String.fromCharCode(...codes)),
)

const spelling = fc.constantFrom(
  (unit: string) => JSON.stringify(unit).slice(1, -1),
  (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`,
)

/** The body of a JSON string that spells the text, as bytes. */
function body(text: string, spell: (unit: string) => string): Buffer {
  return utf8(text.split('').map(spell).join(''))
}

test('a JSON string becomes the text that JSON.parse makes of it, lone surrogates and U+0000 included', () => {
  fc.assert(
    fc.property(anyText, spelling, (text, spell) => {
      const bytes = body(text, spell)
      expect(jsonText(bytes, 0, bytes.length)).toBe(text)
      const around = Buffer.concat([Buffer.from('é"'), bytes, Buffer.from('"\\u0041')])
      expect(jsonText(around, 3, 3 + bytes.length)).toBe(text)
    }),
    { numRuns: 500 },
  )
})

test('it becomes WTF-8, one byte form for one text, with its troubles named', () => {
  fc.assert(
    fc.property(anyText, spelling, (text, spell) => {
      const bytes = body(text, spell)
      const out = new Bytes(1)
      const trouble = unescapeJson(bytes, 0, bytes.length, out)
      expect(Buffer.from(out.view()).equals(wtf8(text))).toBe(true)
      expect((trouble & HAS_NUL) !== 0).toBe(text.includes('\0'))
      expect((trouble & HAS_LONE_SURROGATE) !== 0).toBe(!text.isWellFormed())
    }),
    { numRuns: 500 },
  )
})

test('WTF-8 of well-formed text is its UTF-8, and no other text has the same bytes', () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      if (a.isWellFormed()) expect(wtf8(a).equals(Buffer.from(a))).toBe(true)
      expect(wtf8(a).equals(wtf8(b))).toBe(a === b)
    }),
  )
})

test('WTF-8 is written back as JSON.stringify spells the text', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const out = new Bytes(1)
      const bytes = wtf8(text)
      escapeJson(bytes, 0, bytes.length, out)
      expect(`"${out.view().toString()}"`).toBe(JSON.stringify(text))
    }),
    { numRuns: 500 },
  )
})
