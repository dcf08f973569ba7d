import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decoded, jsonText, tapeOf, utf8 } from '../../test/helpers/json.ts'
import { KeyTable, UNNUMBERED } from './keys.ts'
import { ESCAPED, INTEGER, KEY, LIST, NUMBER, OBJECT, STRIDE, STRING, Tape } from './tape.ts'

test('a value on a tape is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      const bytes = utf8(text)
      expect(decoded(tapeOf(bytes))).toEqual(JSON.parse(text))
    }),
    { numRuns: 500 },
  )
})

test('one tape reads value after value, of any size, with one table of names', () => {
  const keys = new KeyTable()
  const tape = new Tape(keys)
  fc.assert(
    fc.property(jsonText, fc.nat(9), (text, before) => {
      const bytes = Buffer.concat([Buffer.alloc(before, 'x'), utf8(text.trimStart()), Buffer.from(' x')])
      expect(tape.read(bytes, before, bytes.length, 0, false)).toBe('whole')
      expect(tape.end).toBe(bytes.length - 2 - (text.length - text.trimEnd().length))
      expect(decoded(tape)).toEqual(JSON.parse(text))
    }),
  )
  expect(decoded(tapeOf(JSON.stringify(Array.from({ length: 5000 }, (_, i) => ({ [`k${i}`]: [i] })))))).toHaveLength(
    5000,
  )
})

test('a value cut anywhere is short while more may come, and refused when it is the end', () => {
  fc.assert(
    fc.property(jsonText, fc.nat(), (text, seed) => {
      const bytes = utf8(text.trim())
      const cut = seed % bytes.length
      const tape = new Tape(new KeyTable())
      const isNumber = /^-?\d/.test(text.trim())
      expect(tape.read(bytes, 0, cut, 0, false)).toBe('short')
      // Digits that are cut may be a number still.
      if (!isNumber) expect(() => tape.read(bytes, 0, cut, 0, true)).toThrow(/too early/)
      expect(tape.read(bytes, 0, bytes.length, 0, true)).toBe('whole')
    }),
  )
})

describe('a tape keeps', () => {
  test('where each value stands and how it is spelt', () => {
    const text = '{"a\\n":[-1,1.0,"x",{}],"":null}'
    const tape = tapeOf(text)
    const nodes: [number, string][] = []
    for (let node = 0; node < tape.length; node += STRIDE) nodes.push([tape.flags(node), tape.raw(node)])
    expect(nodes).toEqual([
      [OBJECT, text],
      [KEY | ESCAPED, 'a\\n'],
      [LIST, '[-1,1.0,"x",{}]'],
      [NUMBER | INTEGER, '-1'],
      [NUMBER, '1.0'],
      [STRING, 'x'],
      [OBJECT, '{}'],
      [KEY, ''],
      [0, 'null'],
    ])
  })

  test('both members of one name when it is told to', () => {
    const tape = new Tape(new KeyTable(), 'keep')
    const bytes = Buffer.from('{"a":1,"a":2}')
    expect(tape.read(bytes, 0, bytes.length, 0, true)).toBe('whole')
    expect(tape.length).toBe(5 * STRIDE)
    expect(tape.keyId(STRIDE)).toBe(tape.keyId(3 * STRIDE))
  })

  test('one number for one name, in every spelling and order', () => {
    const keys = new KeyTable()
    const numberOf = (name: string) => tapeOf(utf8(`{${name}:0}`), keys).keyId(STRIDE)
    const first = numberOf('"é"')
    numberOf('"x"')
    expect([numberOf('"\\u00e9"'), numberOf('"\\u00E9"'), keys.idOfName('é')]).toEqual([first, first, first])
    expect(keys.names[first]).toBe('é')
    expect(numberOf('"e\\u0301"')).not.toBe(first)
    const lone = numberOf('"\\ud800"')
    expect([keys.idOfName('\ud800'), keys.names[lone]]).toEqual([lone, '\ud800'])
    for (const name of ['', '__proto__', 'constructor', 'a', 'ab'])
      expect(keys.names[keys.idOfName(name)], name).toBe(name)
  })

  test('names beyond the most that are numbered, unnumbered, and known ones numbered still', () => {
    const keys = new KeyTable()
    const ids = Array.from({ length: 70_000 }, (_, i) => keys.idOfName(`k${i}`))
    expect(new Set(ids.filter((id) => id !== UNNUMBERED)).size).toBe(65_536)
    expect(ids[69_999]).toBe(UNNUMBERED)
    expect(keys.idOfName('k65535')).toBe(65_535)
    expect(decoded(tapeOf('{"k1":1,"k69999":2,"k69998":3}', keys))).toEqual({ k1: 1, k69999: 2, k69998: 3 })
  })
})
