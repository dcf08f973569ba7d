import { expect, test } from 'vitest'
import { progressOn } from './progress.ts'
import type { Screen } from './surroundings.ts'

function watch(options: { isTTY: boolean; quiet?: boolean }) {
  const written: string[] = []
  let time = 0
  const stderr: Screen = { isTTY: options.isTTY, columns: 60, write: (text) => written.push(text) }
  const progress = progressOn(stderr, { quiet: options.quiet === true, now: () => time })
  const load = (at: number, done: number): void => {
    time = at
    progress.show({ phase: 'load', collection: 'ideas', done, total: 1_000_000 })
  }
  return { written, progress, load }
}

test('without a terminal a line every five seconds at most, with rate and time left, and none for what is over sooner', () => {
  const { written, load } = watch({ isTTY: false })
  for (let at = 0; at <= 12_000; at += 10) load(at, at * 10)
  expect(written).toEqual([
    'load ideas: 50,000 of 1,000,000 records (5 %), 10,000/s, ETA 95 s\n',
    'load ideas: 100,000 of 1,000,000 records (10 %), 10,000/s, ETA 90 s\n',
  ])
})

test('at a terminal one line is redrawn ten times a second at most, cut to its width, and taken away at the end', () => {
  const { written, progress, load } = watch({ isTTY: true })
  for (let at = 0; at < 1_000; at += 10) load(at, at * 10)
  expect(written).toHaveLength(10)
  for (const line of written) expect(line).toMatch(/^\r\u001b\[2Kload ideas: [^\n]{1,59}$/)
  progress.end()
  expect(written.at(-1)).toBe('\r\u001b[2K')
})

test('what others write on stderr stands above the live line', () => {
  const { written, progress, load } = watch({ isTTY: true })
  load(0, 1)
  progress.screen.write('Warning: something\n')
  expect(written.slice(1)).toEqual(['\r\u001b[2K', 'Warning: something\n'])
})

test('quiet shows nothing', () => {
  const { written, progress, load } = watch({ isTTY: true, quiet: true })
  load(0, 1)
  load(10_000, 2)
  progress.end()
  expect(written).toEqual([])
})
