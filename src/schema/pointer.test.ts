import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatPointer, parsePointer } from './pointer.ts'

it('parse undoes format, whatever the names', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '/', '~', '~1', '~01', '__proto__', '\ud800'),
  )
  const holds = (parts: string[]): void => {
    expect(parsePointer(formatPointer(parts))).toEqual(parts)
  }
  fc.assert(fc.property(fc.array(part), holds))
})

it.each([
  ['', []],
  ['/', ['']],
  ['/a~1b/~0', ['a/b', '~']],
  ['/~01', ['~1']],
])('reads %j as RFC 6901 says', (text, parts) => expect(parsePointer(text)).toEqual(parts))

it.each(['a', '#', '/~', '/~2', '~0'])('does not take %j for a pointer', (text) => {
  expect(parsePointer(text)).toBeUndefined()
})
