import { expect, it } from 'vitest'
import { composite, ideaBank } from '../../test/helpers/plans.ts'
import { childKey } from './key.ts'
import { tablesOf } from './tables.ts'

it.each([
  [['id'], ['_parent_id', '_ordinal']],
  [['_id'], ['_parent_id', '_ordinal']],
  [['_position'], ['_parent_position', '_ordinal']],
  [
    ['_parent_id', '_ordinal'],
    ['_parent_parent_id', '_parent_ordinal', '_ordinal'],
  ],
  [
    ['id', '_id'],
    ['_parent_id', '_parent_id_2', '_ordinal'],
  ],
])('a child of the key %j has the key %j', (parent, child) => expect(childKey(parent)).toEqual(child))

it('keeps the names of a key within 63 bytes and apart, however long and deep', () => {
  let key = ['x'.repeat(63), `${'x'.repeat(62)}y`]
  for (let depth = 0; depth < 20; depth++) {
    key = childKey(key)
    expect(new Set(key).size).toBe(key.length)
    expect(key.every((name) => Buffer.byteLength(name) <= 63)).toBe(true)
  }
})

it('types every key column from the table that owns it', () => {
  const keys = [...tablesOf(composite()), ...tablesOf(ideaBank())].map(({ table, key }) => [
    table.name,
    key.map((column) => `${column.name} ${column.type}`).join(', '),
  ])
  expect(keys).toEqual([
    ['orders', 'id bigint'],
    ['orders_lines', '_parent_id bigint, _ordinal bigint'],
    ['orders_lines_parts', '_parent_parent_id bigint, _parent_ordinal bigint, _ordinal bigint'],
    ['suppliers', 'id uuid'],
    ['log', '_position bigint'],
    ['log_entries', '_parent_position bigint, _ordinal bigint'],
    ['ideas', 'id text'],
    ['ideas_comments', '_parent_id text, _ordinal bigint'],
    ['categories', 'id bigint'],
    ['settings', '_position bigint'],
  ])
})
