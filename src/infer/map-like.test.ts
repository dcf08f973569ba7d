import { expect, test } from 'vitest'
import { isIdLike } from './map-like.ts'

test.each([
  ...['0', '007', '3f2504e0-4f89-11d3-9a0c-0305e82c3301', '507F1F77BCF86CD799439011', '2024-01', '2024-01-31'],
  ...['2024-01-31T10:00', '-KhJl3kZ9_bQ8x7YwVtz', 'V1StGXR8_Z5jdHi6B-myT', 'user12', 'item-7', 'ann@example.com'],
])('%s is like an id', (name) => {
  expect(isIdLike(name)).toBe(true)
})

test.each([
  ...[
    '',
    'name',
    'createdAt',
    'user_id',
    'is_active',
    'veryLongCamelCaseName',
    'snake_case_name',
    'x-y',
    'é',
    '__proto__',
  ],
  ...['a@b@c', 'user12name'],
])('%s is like the name of a field', (name) => {
  expect(isIdLike(name)).toBe(false)
})
