import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HashList, hashBytes } from './hashes.ts'

test('a list of hashes answers as a sorted array of them would', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 60 }), fc.nat(60), (hashes, asked) => {
      const list = new HashList()
      for (const hash of hashes) list.add(hash)
      expect(list.length).toBe(hashes.length)
      expect([...list.sorted()]).toEqual(hashes.toSorted((a, b) => a - b))
      expect(list.has(asked)).toBe(hashes.includes(asked))
      expect(list.repeated()).toEqual(new Set(hashes.filter((hash, i) => hashes.indexOf(hash) !== i)))
    }),
  )
})

test('hashes added after the list was sorted are seen', () => {
  const list = new HashList()
  list.add(2)
  expect(list.has(1)).toBe(false)
  list.add(1)
  expect([list.has(1), [...list.sorted()]]).toEqual([true, [1, 2]])
})

test('a list longer than a chunk, and one that ends with a chunk, keep every hash', () => {
  for (const length of [1 << 14, (1 << 14) + 1, 50_000]) {
    const list = new HashList()
    for (let i = length; i > 0; i--) list.add(i)
    expect(list.length).toBe(length)
    expect([...list.sorted()]).toEqual(Array.from({ length }, (_, i) => i + 1))
    expect(list.repeated().size).toBe(0)
  }
})

test('a hash is a whole number of 53 bits that depends on its bytes alone', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(5), (bytes, shift) => {
      const hash = hashBytes(bytes, 0, bytes.length)
      expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true)
      const moved = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(3)])
      expect(hashBytes(moved, shift, shift + bytes.length)).toBe(hash)
    }),
  )
})

test('half a million keys alike but for their digits have half a million hashes', () => {
  const list = new HashList()
  for (let i = 0; i < 500_000; i++) {
    const key = Buffer.from(`user-${i}`)
    list.add(hashBytes(key, 0, key.length))
  }
  expect(list.repeated().size).toBe(0)
})
