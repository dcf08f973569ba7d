import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonText, tapeOf, utf8 } from '../../test/helpers/json.ts'
import { Bytes } from './bytes.ts'
import { endOfSpelling, sameValue } from './equal.ts'
import { KeyTable } from './keys.ts'
import { writePretty } from './pretty.ts'
import { KEY, LIST, OBJECT, STRIDE, type Tape } from './tape.ts'

function same(a: string, b: string, keys?: KeyTable): boolean {
  return sameValue(tapeOf(utf8(a), keys), 0, tapeOf(utf8(b), keys), 0)
}

/** The same value with every object's members turned round and every string spelt in escapes. */
function respelt(tape: Tape, node = 0): string {
  const kind = tape.kind(node)
  if (kind === LIST || kind === OBJECT) {
    const parts: string[] = []
    for (let at = node + STRIDE; at < tape.next(node); ) {
      const value = kind === OBJECT ? at + STRIDE : at
      parts.push((kind === OBJECT ? `${respelt(tape, at)} : ` : '') + respelt(tape, value))
      at = tape.next(value)
    }
    return kind === OBJECT ? `{ ${parts.reverse().join(' , ')} }` : `[ ${parts.join(' , ')} ]`
  }
  if (kind !== KEY && kind !== 4) return tape.raw(node)
  const units = tape.text(node).split('')
  return `"${units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
}

describe('two values are the same', () => {
  test.each([
    ['1.10', '1.1'],
    ['1E2', '100'],
    ['-0', '0'],
    ['9007199254740993', '9007199254740993.0'],
    ['"\\u00e9"', '"é"'],
    ['"\\ud83d\\ude00"', '"😀"'],
    ['"\\/"', '"/"'],
    ['{"a":1,"b":{}}', '{"b":{},"a":1.0}'],
    ['{"\\u0061":1}', '{"a":1}'],
    ['[]', '[ ]'],
  ])('%s and %s', (a, b) => {
    expect(same(a, b)).toBe(true)
    expect(same(a, b, new KeyTable())).toBe(true)
  })

  test('in whatever order members stand and however strings are spelt', () => {
    fc.assert(
      fc.property(jsonText, fc.boolean(), (text, shared) => {
        const keys = shared ? new KeyTable() : undefined
        return same(text, respelt(tapeOf(utf8(text))), keys)
      }),
    )
  })

  test('when an object has thousands of members in another order', () => {
    const names = Array.from({ length: 3000 }, (_, i) => `"k${i}":${i}`)
    const other = names.toReversed()
    expect(same(`{${names.join()}}`, `{${other.join()}}`)).toBe(true)
    other[7] = '"k2992":0'
    expect(same(`{${names.join()}}`, `{${other.join()}}`)).toBe(false)
  })
})

describe('two values are not the same', () => {
  test.each([
    ['{"a":null}', '{}'],
    ['{}', '{"a":null}'],
    ['{"a":1,"b":2}', '{"a":1,"c":2}'],
    ['{"a":1,"b":2}', '{"b":1,"a":2}'],
    ['{"a":1,"b":2}', '{"b":2,"a":1,"c":3}'],
    ['[1,2]', '[2,1]'],
    ['[1]', '[1,1]'],
    ['[[],1]', '[[1]]'],
    ['1', '"1"'],
    ['0', 'false'],
    ['true', 'false'],
    ['null', '""'],
    ['9007199254740993', '9007199254740992'],
    ['1e400', '1e401'],
    ['"é"', '"e\u0301"'],
    ['"\\ud800"', '"\\ufffd"'],
    ['"\\u0000"', '""'],
    ['"a"', '"A"'],
    ['{"":1}', '{" ":1}'],
  ])('%s and %s', (a, b) => {
    expect(same(a, b)).toBe(false)
    expect(same(b, a, new KeyTable())).toBe(false)
  })

  test('exactly when JSON.parse tells them apart', () => {
    // So few values that equal ones are often drawn.
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(fc.constantFrom(null, 0, 1, '0', true, false), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 2 }),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
    }))
    let equal = 0
    fc.assert(
      fc.property(value, value, (a, b) => {
        const expected = isDeepStrictEqual(a, b)
        if (expected) equal++
        expect(same(JSON.stringify(a), JSON.stringify(b), new KeyTable())).toBe(expected)
      }),
      { numRuns: 500 },
    )
    expect(equal).toBeGreaterThan(10)
  })
})

describe('the same spelling', () => {
  const end = (source: Buffer, compact: Buffer, from = 0) =>
    endOfSpelling(source, from, source.length, compact, compact.length)
  const tellsItsEnd = (text: string): boolean => '{["'.includes(text.trim()[0] as string)

  test('is seen through any white space between tokens, and ends where the value does, whatever stands behind it', () => {
    fc.assert(
      fc.property(jsonText.filter(tellsItsEnd), fc.constantFrom('', ',', ']', '}', ' ', '"x"', '1'), (text, after) => {
        const value = utf8(text.trim())
        const out = new Bytes()
        writePretty(tapeOf(value), 0, out)
        for (const source of [Buffer.from(out.view()), value])
          expect(end(Buffer.concat([source, Buffer.from(after)]), squeeze(value))).toBe(source.length)
      }),
    )
  })

  test('is never claimed for values that differ', () => {
    fc.assert(
      fc.property(jsonText, jsonText, (a, b) => {
        const source = utf8(a.trim())
        return end(source, squeeze(utf8(b))) !== source.length || same(a, b)
      }),
    )
    for (const [a, b] of [
      ['"a b"', '"ab"'],
      ['"a\\" b"', '"a\\"b"'],
      ['"a\\" \\"b"', '"a\\"\\"b"'],
      ['[1 ]', '[1,2]'],
      ['"abc"', '"abcd"'],
      ['"abc', '"abc"'],
      ['[1', '[1]'],
      ['{"a":1}', '{"a":1}}'],
      ['123', '12'],
      ['12', '12'],
    ] as const)
      expect(end(Buffer.from(a), Buffer.from(b)), `${a} ${b}`).toBe(-1)
  })

  test('is looked for only inside the given slice', () => {
    const bytes = Buffer.from('xx[1, 2]yy')
    const compact = Buffer.from('[1,2]zz')
    expect(endOfSpelling(bytes, 2, 8, compact, 5)).toBe(8)
    expect(endOfSpelling(bytes, 2, 7, compact, 5)).toBe(-1)
    expect(endOfSpelling(bytes, 2, 10, compact, 7)).toBe(-1)
    expect(endOfSpelling(Buffer.from('[1,2]'), 0, 4, compact, 5)).toBe(-1)
  })
})

/** Drops white space outside strings. */
function squeeze(json: Buffer): Buffer {
  return Buffer.from(
    json.toString().replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/gs, (_, string: string | undefined) => string ?? ''),
  )
}
