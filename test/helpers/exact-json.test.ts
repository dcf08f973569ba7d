import { expect, test } from 'vitest'
import { exactDifferences, parseExact } from './exact-json.ts'

const differences = (a: string, b: string): string[] => exactDifferences(parseExact(a), parseExact(b))

test('two spellings of one value are equal', () => {
  expect(differences('{"a":1.10,"b":["\\u0041"]}', ' {"b":["A"], "a":11e-1}')).toEqual([])
})

test.each([
  ['{"a":9007199254740993}', '{"a":9007199254740992}', '/a'],
  ['{"a":0}', '{"a":-0}', '/a'],
  ['{"a":null}', '{}', '/a'],
  ['[1,2]', '[2,1]', '/0'],
  ['["\\ud800"]', '["\\ufffd"]', '/0'],
  ['["e\\u0301"]', '["\\u00e9"]', '/0'],
  ['{"~/":1}', '{"~/":"1"}', '/~0~1'],
])('%s and %s differ', (a, b, pointer) => {
  expect(differences(a, b)[0]).toMatch(new RegExp(`^${pointer}: `))
})

test.each(['[1,]', '{"a":1,"a":1}', '01', '[1] 2', '"\t"', "'a'", ''])('%j is no document', (text) => {
  expect(() => parseExact(text)).toThrow(SyntaxError)
})
