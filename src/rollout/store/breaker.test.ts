import { expect, test } from 'vitest'
import { OutgrowError } from '../../errors.ts'
import { Breaker } from './breaker.ts'

function begin(): {
  breaker: Breaker
  clock: { now: number }
  ask: (outcome: unknown) => Promise<unknown>
  asked: () => number
} {
  const clock = { now: 0 }
  let count = 0
  const breaker = new Breaker({ failures: 3, successes: 2, pause: 100, mostPause: 400, now: () => clock.now })
  const ask = (outcome: unknown): Promise<unknown> =>
    breaker
      .run(async () => {
        count++
        if (outcome instanceof Error) throw outcome
        return outcome
      })
      .catch((error: unknown) => error)
  return { breaker, clock, ask, asked: () => count }
}

const away = new OutgrowError('unavailable', 'away')
const slow = new OutgrowError('unavailable', 'slow', {
  cause: Object.assign(new Error('slow'), { severity: 'ERROR', code: '57014' }),
})

test('opens after failures in a row, spares callers, tries again with longer pauses, and closes after successes in a row', async () => {
  const { breaker, clock, ask, asked } = begin()
  for (let at = 0; at < 3; at++) await ask(away)
  expect([breaker.state, asked()]).toEqual(['open', 3])
  expect(await ask('spared')).toMatchObject({ code: 'unavailable' })
  expect(asked()).toBe(3)
  clock.now = 100
  expect(await ask(away)).toBe(away)
  clock.now = 250
  await ask('too early')
  expect(asked()).toBe(4)
  clock.now = 300
  expect(await ask('back')).toBe('back')
  expect(breaker.state).toBe('half-open')
  expect(await ask('again')).toBe('again')
  expect(breaker.state).toBe('closed')
})

test('a failure while it is tried opens it again, and a statement that was too slow is an answer', async () => {
  const { breaker, clock, ask } = begin()
  for (let at = 0; at < 10; at++) await ask(slow)
  await ask(new OutgrowError('conflict', 'taken'))
  expect(breaker.state).toBe('closed')
  for (let at = 0; at < 3; at++) await ask(away)
  clock.now = 100
  await ask('back')
  await ask(away)
  expect(breaker.state).toBe('open')
})

test('only one caller tries at a time', async () => {
  const { breaker, clock, ask, asked } = begin()
  for (let at = 0; at < 3; at++) await ask(away)
  clock.now = 100
  let end = (_: string): void => {}
  const trying = breaker.run(
    () =>
      new Promise<string>((resolve) => {
        end = resolve
      }),
  )
  expect(await ask('second')).toMatchObject({ code: 'unavailable' })
  expect(asked()).toBe(3)
  end('first')
  expect(await trying).toBe('first')
})
