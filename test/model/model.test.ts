/**
 * The rollout's protocol as an explicit-state model: two keys, two writes (three versions of a record), three epochs (shadow,
 * live, and one step back), the owner killed anywhere, replies lost, PostgreSQL away, a second process as late as it likes.
 * Every interleaving is searched. Not in it: breaking glass, reads, other people's hands in the file, the steps within a
 * write of the disk (their tests are in src/rollout/file). `mirror: sync` is one of the ways in which pushes may fall.
 */
import { expect, test } from 'vitest'
import { MISTAKES } from './mistakes.ts'
import { sizeOf, traceOf } from './print.ts'
import { RIGHT } from './protocol.ts'
import { ALL_LAWS, type Search, search } from './search.ts'
import { startWithOneWrite } from './state.ts'

let right: Search

test('the protocol as designed keeps every law in every state that it can come to', () => {
  right = search(RIGHT)
  console.log(`searched ${sizeOf(right)}`)
  expect(traceOf(right)).toBe('no violation')
  expect(right.states).toBeGreaterThan(300_000)
})

test('the search goes everywhere: every fault and every step of a change is on some way', () => {
  for (const step of [
    'the owner is killed',
    'PostgreSQL is away',
    'the answer to write 2 is lost',
    'write 1 gets its first answer again',
    'the owner gives write 1 its first answer again',
    'the other process is refused by the fence',
    'the lost push commits after all',
    'the clearing of key 1 is lost',
    'the lost change commits after all',
    'the lost change is rolled back',
    'the change is rolled back',
    'version 2 is pushed to the file',
    'the owner reads epoch 1 and writes it beside the file',
    'the owner reads epoch 2 and writes it beside the file',
    'the owner reads epoch 3 and writes it beside the file',
  ])
    expect(right.names).toContain(step)
  // Both would be a second owner's doing.
  expect(right.names).not.toContain('somebody else was faster')
  expect(right.names).not.toContain('the push is refused by the fence')
})

test('the smaller world is fair: the protocol as designed is never stuck in it', () => {
  expect(traceOf(search(RIGHT, ALL_LAWS, [startWithOneWrite()]))).toBe('no violation')
})

test.for(MISTAKES)('$name: found', ({ protocol, breaks, starts }) => {
  const { violation } = search(protocol, [breaks], starts)
  expect(violation?.law).toBe(breaks)
  expect(violation?.trace.length).toBeGreaterThan(0)
})

test('a trace is the shortest way to the damage, step by step', () => {
  const protocol = { ...RIGHT, mark: 'after' as const }
  expect(traceOf(search(protocol, ['equal']))).toBe(
    [
      'breaks "equal":',
      '   1  the owner takes write 1',
      '   2  write 1 is in the file',
      '   3  the owner is killed',
      '   4  the owner starts',
    ].join('\n'),
  )
})
