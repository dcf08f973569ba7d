import { describe, expect, it } from 'vitest'
import { canonical } from './exact.ts'

describe('canonical', () => {
  it.each([
    ['1.50', '15e-1'],
    ['100', '1E2'],
    ['-0', '0'],
    ['0.000', '0e5'],
    ['1e400', '10e399'],
    ['{"b":1,"a":[true,null]}', ' { "a" : [ true , null ] , "b" : 1.0 } '],
    ['"é\\/"', '"\\u00e9/"'],
    ['[]', '[ ]'],
  ])('takes %s and %s for one value', (left, right) => {
    expect(canonical(left)).toBe(canonical(right))
  })

  it.each([
    ['9007199254740993', '9007199254740992'],
    ['1e400', '1e401'],
    ['0.1', '0.10000000000000000001'],
    ['1', '"1"'],
    ['1', '-1'],
    ['{"a":null}', '{}'],
    ['[1,2]', '[2,1]'],
    ['"\\ud800"', '"\\ufffd"'],
    ['"\\ud800"', '"\\udc00"'],
    ['"a\\u0000b"', '"ab"'],
    ['"é"', '"e\\u0301"'],
    ['{"a":1,"a":1}', '{"a":1}'],
    ['{"a":1,"b":2}', '{"a":2,"b":1}'],
  ])('keeps %s and %s apart', (left, right) => {
    expect(canonical(left)).not.toBe(canonical(right))
  })

  it.each(['', '{"a":1', '[1,]', '[1 2]', '{"a" 1}', '"open', '1 2'])('refuses %j, which is not JSON', (text) => {
    expect(() => canonical(text)).toThrow('not JSON')
  })
})
