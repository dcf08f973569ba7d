import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonText, tapeOf, utf8 } from '../../test/helpers/json.ts'
import { Bytes } from './bytes.ts'
import { sameSpelling, sameValue } from './equal.ts'
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
  const spelling = (a: Buffer, b: Buffer) => sameSpelling(a, 0, a.length, b, 0, b.length)

  test('is seen through any white space between tokens', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const compact = utf8(text)
        const out = new Bytes()
        writePretty(tapeOf(compact), 0, out)
        return spelling(Buffer.from(out.view()), squeeze(compact)) && spelling(compact, squeeze(compact))
      }),
    )
  })

  test('is never claimed for values that differ', () => {
    fc.assert(
      fc.property(jsonText, jsonText, (a, b) => {
        const claimed = spelling(utf8(a), squeeze(utf8(b)))
        return !claimed || same(a, b)
      }),
    )
    for (const [a, b] of [
      ['"a b"', '"ab"'],
      ['"a\\" b"', '"a\\"b"'],
      ['"a\\" \\"b"', '"a\\"\\"b"'],
      ['[1 ]', '[1,2]'],
      ['"abc"', '"abcd"'],
      ['"abc', '"abc"'],
      ['[1]', '[1'],
      ['[1', '[1]'],
      ['{"a":1}', '{"a":1}}'],
    ] as const)
      expect(spelling(Buffer.from(a), Buffer.from(b)), `${a} ${b}`).toBe(false)
  })

  test('is looked for only inside the given slices', () => {
    const bytes = Buffer.from('xx[1, 2]yy')
    expect(sameSpelling(bytes, 2, 8, Buffer.from('zz[1,2]zz'), 2, 7)).toBe(true)
    expect(sameSpelling(bytes, 2, 7, Buffer.from('zz[1,2]zz'), 2, 7)).toBe(false)
    expect(sameSpelling(bytes, 2, 8, Buffer.from('zz[1,2]zz'), 2, 8)).toBe(false)
  })
})

/** Drops white space outside strings. */
function squeeze(json: Buffer): Buffer {
  return Buffer.from(
    json.toString().replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/gs, (_, string: string | undefined) => string ?? ''),
  )
}
