import { describe, expect, test } from 'vitest'
import { isLikelyKey, KEY_NAMES, mayRefer, referredName } from './key-names.ts'

describe('a key is told by its name', () => {
  test('in any case, at the top of a record only', () => {
    for (const name of ['id', '_id', 'ID', 'Id', '_ID']) expect(isLikelyKey(name, []), name).toBe(true)
    for (const name of ['', 'userId', 'ids', 'name', 'identity', '__id'])
      expect(isLikelyKey(name, []), name).toBe(false)
    expect(isLikelyKey('id', ['author'])).toBe(false)
  })

  test('and `id` comes before all others', () => {
    expect(KEY_NAMES.slice(0, 3)).toEqual(['id', '_id', 'uuid'])
  })
})

describe('a reference is told by its name', () => {
  test.each<[string, string[], string | undefined]>([
    ['userId', [], 'user'],
    ['userID', [], 'user'],
    ['user_id', [], 'user'],
    ['user-id', [], 'user'],
    ['postIds', [], 'post'],
    ['post_ids', [], 'post'],
    ['createdById', [], 'createdBy'],
    ['id', ['author'], 'author'],
    ['_id', ['a', 'author'], 'author'],
    ['ID', ['author'], 'author'],
    ['id', [], undefined],
    ['_id', [], undefined],
    ['grid', [], undefined],
    ['valid', [], undefined],
    ['paid', ['order'], undefined],
    ['identity', [], undefined],
    ['Id', [], undefined],
    ['', [], undefined],
  ])('%s below %j refers to %s', (name, path, referred) => {
    expect(referredName(name, path)).toBe(referred)
    expect(mayRefer(name, path)).toBe(referred !== undefined)
  })
})
