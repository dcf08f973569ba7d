import { describe, expect, test } from 'vitest'
import { KEY_NAMES, mayBeKey, mayRefer, referredName } from './key-names.ts'

describe('a key is told by its name', () => {
  test('in any case, at the top of a record only', () => {
    for (const name of ['id', '_id', 'ID', 'Id', 'uuid', 'Slug', 'name', 'EMAIL'])
      expect(mayBeKey(name, []), name).toBe(true)
    for (const name of ['', 'userId', 'ids', 'title', 'identity']) expect(mayBeKey(name, []), name).toBe(false)
    expect(mayBeKey('id', ['author'])).toBe(false)
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
