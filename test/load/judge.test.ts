import { expect, test } from 'vitest'
import type { Item } from './item.ts'
import { judge } from './judge.ts'
import type { Operation } from './operation.ts'

/** An operation of a small history, by hand. Key `1` is made by `a/1` from 0 to 1. */
function op(
  name: string,
  kind: Operation['kind'],
  start: number,
  end: number,
  more: Partial<Operation> = {},
): Operation {
  const [client = '', seq] = name.split('/')
  const body = kind === 'post' || kind === 'put' || kind === 'bad' ? { title: `${name} x` } : undefined
  const done = { outcome: 'done', status: 200, attempts: 1, failures: [], items: [] } as const
  return {
    ...{ client, seq: Number(seq), kind, start, end, ...done, items: [] },
    ...(kind !== 'post' && kind !== 'list' && kind !== 'bad' && { id: '1' }),
    ...(body !== undefined && { body }),
    ...more,
    failures: more.failures ?? [],
  }
}

/** Key 1 as the write of this name left it. */
function item(mark: string, more: Partial<Item> = {}): Item {
  const rest = { description: '', category: 'c', priority: 'p', status: 'new', tags: [], createdAt: 'then' }
  return { id: '1', title: `${mark} x`, ...rest, updatedAt: mark === 'a/1' ? null : `by ${mark}`, ...more }
}

const born = op('a/1', 'post', 0, 1, { items: [item('a/1')] })
const put = (name: string, start: number, end: number, more: Partial<Operation> = {}): Operation =>
  op(name, 'put', start, end, { items: [item(name)], ...more })
const get = (name: string, start: number, end: number, mark: string): Operation =>
  op(name, 'get', start, end, { items: [item(mark)] })
const unknown: Partial<Operation> = { outcome: 'unknown', end: Number.POSITIVE_INFINITY, status: undefined, items: [] }
const absent = { outcome: 'refused', status: 404 } as const

/** Which oracles a history breaks, with the key's state at the end. */
function broken(operations: Operation[], last: string | undefined, more: { unavailable?: boolean } = {}): string[] {
  const after = last === undefined ? [] : [item(last)]
  const verdicts = judge({ operations: [born, ...operations], before: [], after, ...more })
  return verdicts.filter(({ violations }) => violations > 0).map(({ oracle }) => oracle)
}

test('of two writes at the same time either may stay, whichever ended last', () => {
  const both = [put('a/2', 2, 5), put('b/1', 3, 4)]
  expect(broken(both, 'a/2')).toEqual([])
  expect(broken(both, 'b/1')).toEqual([])
})

test('O1: an acknowledged write superseded by one that had ended before it began is lost', () => {
  const both = [put('a/2', 2, 3), put('b/1', 4, 5)]
  expect(broken(both, 'b/1')).toEqual([])
  expect(broken(both, 'a/2')).toEqual(['O1'])
  expect(broken(both, 'a/1')).toEqual(['O1'])
})

test('O1: what was seen of two writes at the same time fixes their order', () => {
  const both = [put('a/2', 2, 5), put('b/1', 2, 5), get('c/1', 6, 7, 'a/2')]
  expect(broken([...both, get('c/2', 8, 9, 'a/2')], 'a/2')).toEqual([])
  expect(broken([...both, get('c/2', 8, 9, 'b/1')], 'b/1')).not.toEqual([])
})

test('O1: a record that nobody deleted is gone; one that was deleted is there', () => {
  expect(broken([], undefined)).toEqual(['O1'])
  expect(broken([op('b/1', 'delete', 2, 3)], undefined)).toEqual([])
  expect(broken([op('b/1', 'delete', 2, 3)], 'a/1')).toEqual(['O1'])
  expect(broken([op('b/1', 'delete', 2, 3, unknown)], 'a/1')).toEqual([])
  expect(broken([op('b/1', 'delete', 2, 3, unknown)], undefined)).toEqual([])
  expect(broken([op('b/1', 'delete', 2, 3, absent)], undefined)).toContain('O1')
})

test('O2: a write of unknown outcome may have happened or not, or happen late, but once', () => {
  const lost = put('a/2', 2, 0, unknown)
  expect(broken([lost], 'a/1')).toEqual([])
  expect(broken([lost], 'a/2')).toEqual([])
  expect(broken([lost, put('b/1', 5, 6)], 'a/2')).toEqual([])
  const again = put('a/2', 2, 20, { attempts: 2 })
  const between = [get('c/1', 3, 4, 'a/2'), put('b/1', 5, 6), get('c/2', 7, 8, 'b/1')]
  expect(broken([again, ...between], 'b/1')).toEqual([])
  expect(broken([again, ...between], 'a/2')).toEqual(['O1', 'O2'])
})

test('O2: one write, one time of change', () => {
  const twice = get('c/1', 4, 5, 'a/2')
  twice.items = [item('a/2', { updatedAt: 'later' })]
  expect(broken([put('a/2', 2, 3), twice], 'a/2')).toEqual(['O2'])
})

test('O2: a refused write appears, or one that nobody sent, or one record twice, or a delete is done twice', () => {
  expect(broken([put('a/2', 2, 3, { ...absent, status: 400, items: [] })], 'a/2')).toEqual(['O2', 'O6'])
  expect(broken([op('b/1', 'bad', 2, 3, { outcome: 'refused', status: 400 })], 'b/1')).toContain('O2')
  expect(broken([], 'z/9')).toContain('O2')
  const twin = op('b/1', 'list', 2, 3, { items: [item('a/1', { id: '2' })] })
  expect(broken([twin], 'a/1')).toEqual(['O2'])
  const deletes = [op('b/1', 'delete', 2, 3), op('c/1', 'delete', 4, 5)]
  expect(broken(deletes, undefined)).toEqual(['O2'])
})

test('O4: a client reads its own write, or a later one, also in a list; another client may not go back either', () => {
  const mine = put('a/2', 2, 3)
  expect(broken([mine, get('a/3', 4, 5, 'a/2')], 'a/2')).toEqual([])
  expect(broken([mine, put('b/1', 4, 7), get('a/3', 5, 6, 'b/1')], 'b/1')).toEqual([])
  expect(broken([mine, get('a/3', 4, 5, 'a/1')], 'a/2')).toEqual(['O4'])
  expect(broken([mine, op('a/3', 'list', 4, 5, { items: [item('a/1')] })], 'a/2')).toEqual(['O4'])
  expect(broken([mine, get('b/1', 4, 5, 'a/1')], 'a/2')).toEqual(['reads'])
  expect(broken([mine, get('b/1', 2, 5, 'a/1')], 'a/2')).toEqual([])
})

test('O4: a client finds what it made, and does not find what it deleted', () => {
  expect(broken([op('a/2', 'get', 2, 3, absent)], 'a/1')).toEqual(expect.arrayContaining(['O4']))
  const gone = op('a/2', 'delete', 2, 3)
  expect(broken([gone, op('a/3', 'get', 4, 5, absent)], undefined)).toEqual([])
  expect(broken([gone, get('a/3', 4, 5, 'a/1')], undefined)).toEqual(['O4'])
  expect(broken([gone, get('b/1', 4, 5, 'a/1')], undefined)).toEqual(['reads'])
  expect(broken([gone, get('b/1', 2, 5, 'a/1')], undefined)).toEqual([])
})

test('O6: 5xx are not expected; a 503 is where the scenario says so, with Retry-After', () => {
  const failing = (status: number, retryAfter?: string): Operation => {
    const failure = { kind: 'status' as const, status, ...(retryAfter !== undefined && { retryAfter }) }
    return { ...get('b/1', 2, 3, 'a/1'), attempts: 2, failures: [failure] }
  }
  expect(broken([failing(500)], 'a/1', { unavailable: true })).toEqual(['O6'])
  expect(broken([failing(503, '1')], 'a/1')).toEqual(['O6'])
  expect(broken([failing(503, '1')], 'a/1', { unavailable: true })).toEqual([])
  expect(broken([failing(503)], 'a/1', { unavailable: true })).toEqual(['O6'])
  expect(broken([op('b/1', 'bad', 2, 3, { status: 201 })], 'a/1')).toEqual(['O6'])
  expect(broken([put('b/1', 2, 3, { outcome: 'refused', status: 409, items: [] })], 'a/1')).toEqual(['O6'])
})

test('fields: every member is as the last write and the creation made it', () => {
  const seen = (more: Partial<Item>): string[] => {
    const read = get('b/1', 2, 3, 'a/1')
    read.items = [item('a/1', more)]
    return broken([read], 'a/1')
  }
  expect(seen({})).toEqual([])
  expect(seen({ title: 'a/1 y' })).toEqual(['fields'])
  expect(seen({ createdAt: 'now' })).toEqual(['fields'])
  expect(seen({ status: 'review' })).toEqual(['fields'])
})

test('O3 and O8 are judged where there is evidence', () => {
  const sides = { file: { ideas: [item('a/1')] }, postgres: { ideas: [item('a/1', { tags: ['t'] })] } }
  const polls = { reads: 3, failures: ['read 2: Unexpected end of JSON input'] }
  const verdicts = judge({ operations: [born], before: [], after: [item('a/1')], sides, polls })
  expect(verdicts.filter(({ violations }) => violations > 0).map(({ oracle }) => oracle)).toEqual(['O3', 'O8'])
})
