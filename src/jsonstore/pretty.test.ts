import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tapeOf, utf8 } from '../../test/helpers/json.ts'
import { Bytes } from './bytes.ts'
import { writePretty } from './pretty.ts'

function pretty(text: string, level?: number): string {
  const out = new Bytes(1)
  writePretty(tapeOf(utf8(text)), 0, out, level)
  return out.view().toString()
}

test('a value is laid out as JSON.stringify lays it out', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const canonical = JSON.stringify(value, null, 2)
      expect(pretty(JSON.stringify(value))).toBe(canonical)
      expect(pretty(canonical)).toBe(canonical)
    }),
  )
})

test('numbers and strings keep the spelling that they have', () => {
  expect(pretty('{"\\u0061":[1.0,1E2,-0,12345678901234567890,"\\/\\u00e9"],"b":{},"c":[]}')).toBe(
    '{\n  "\\u0061": [\n    1.0,\n    1E2,\n    -0,\n    12345678901234567890,\n    "\\/\\u00e9"\n  ],\n  "b": {},\n  "c": []\n}',
  )
})

test('a value inside a document is indented below its level', () => {
  expect(pretty('[[1]]', 2)).toBe('[\n      [\n        1\n      ]\n    ]')
})
