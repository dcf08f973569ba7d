import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonText, tapeOf, utf8 } from '../../test/helpers/json.ts'
import { type Difference, differences } from './differences.ts'
import { sameValue } from './equal.ts'

function between(a: string, b: string, pointer = ''): Difference[] {
  const found: Difference[] = []
  differences(tapeOf(utf8(a)), 0, tapeOf(utf8(b)), 0, pointer, (difference) => found.push(difference))
  return found
}

test('equal values have no differences, and different values have some', () => {
  fc.assert(
    fc.property(jsonText, jsonText, (a, b) => {
      const same = sameValue(tapeOf(utf8(a)), 0, tapeOf(utf8(b)), 0)
      expect(between(a, b).length === 0).toBe(same)
      expect(between(a, a)).toEqual([])
    }),
  )
})

describe('a difference is told at its place', () => {
  test.each<[string, string, Difference[]]>([
    ['{"a":1}', '{}', [{ pointer: '/a', kind: 'missing', source: '1' }]],
    ['{}', '{"a":null}', [{ pointer: '/a', kind: 'extra', target: 'null' }]],
    ['{"a":1.0}', '{"a":"1"}', [{ pointer: '/a', kind: 'type', source: '1.0', target: '"1"' }]],
    ['[true]', '[false]', [{ pointer: '/0', kind: 'value', source: 'true', target: 'false' }]],
    ['[true]', '[0]', [{ pointer: '/0', kind: 'type', source: 'true', target: '0' }]],
    [
      '{"a/b":{"~":[0,"x"]}}',
      '{"a/b":{"~":[0,"y"]}}',
      [{ pointer: '/a~1b/~0/1', kind: 'value', source: '"x"', target: '"y"' }],
    ],
    [
      '{"l":[1,2,3]}',
      '{"l":[1]}',
      [
        { pointer: '/l', kind: 'length', source: '3', target: '1' },
        { pointer: '/l/1', kind: 'missing', source: '2' },
        { pointer: '/l/2', kind: 'missing', source: '3' },
      ],
    ],
    [
      '{"a":1,"b":2}',
      '{"c":{"d":[]},"b":3}',
      [
        { pointer: '/a', kind: 'missing', source: '1' },
        { pointer: '/b', kind: 'value', source: '2', target: '3' },
        { pointer: '/c', kind: 'extra', target: '{"d":[]}' },
      ],
    ],
  ])('%s against %s', (a, b, expected) => {
    expect(between(a, b)).toEqual(expected)
  })

  test('below the pointer of the value compared', () => {
    expect(between('{"":1}', '{"":2}', '/users/7')[0]?.pointer).toBe('/users/7/')
  })
})

test('an excerpt is at most 200 characters and never half a character', () => {
  for (const filler of ['a', 'é', '€', '😀', '\\u0041'])
    for (let shift = 0; shift < 5; shift++) {
      const text = JSON.stringify('x'.repeat(shift)).slice(0, -1) + filler.repeat(300)
      const source = between(`${text}"`, '1')[0]?.source as string
      expect(source.length).toBeLessThanOrEqual(200)
      expect(source.length).toBeGreaterThan(197)
      expect(source.isWellFormed()).toBe(true)
      expect(`${text}"`.startsWith(source.slice(0, -1))).toBe(true)
    }
  const exact = JSON.stringify('y'.repeat(198))
  expect(between(exact, '1')[0]?.source).toBe(exact)
})
