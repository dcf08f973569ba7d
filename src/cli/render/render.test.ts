import { expect, test } from 'vitest'
import { OutgrowError } from '../../errors.ts'
import { wantsColour } from '../colour.ts'
import { nextCommand } from '../next-command.ts'
import { renderError } from './error.ts'
import { duration, size } from './figures.ts'
import { printable } from './printable.ts'
import { renderSalvage } from './salvage.ts'
import { styleOf } from './style.ts'
import { table } from './table.ts'

const plain = styleOf(false)

test('a table is aligned, figures to the right, and no line ends in blanks', () => {
  const text = table(
    ['Name', { title: 'Rows', right: true }, 'Why'],
    [
      ['ação', '12', ''],
      ['e\u0301', '1,234', 'so'],
    ],
  )
  expect(text).toBe(['Name   Rows  Why', '----  -----  ---', 'ação     12', 'e\u0301     1,234  so'].join('\n'))
})

test('nothing from a store can move the cursor, colour, break a line, or turn the direction of writing', () => {
  expect(printable('a\u001b[31mb\nc\u202ed\u0000\ud800')).toBe('a\\u001b[31mb\\nc\\u202ed\\u0000\\ud800')
  expect(printable('olá 🌙')).toBe('olá 🌙')
  expect(table(['A'], [['x\u001b[2Jy']])).not.toContain('\u001b')
})

test('colours only at a terminal whose user did not say no', () => {
  const tty = { isTTY: true, write: () => {} }
  expect(wantsColour(tty, {}, {})).toBe(true)
  expect(wantsColour({ ...tty, isTTY: undefined }, {}, {})).toBe(false)
  expect(wantsColour(tty, { NO_COLOR: '1' }, {})).toBe(false)
  expect(wantsColour(tty, { NO_COLOR: '' }, {})).toBe(true)
  expect(wantsColour(tty, {}, { color: false })).toBe(false)
  expect(wantsColour(tty, { TERM: 'dumb' }, {})).toBe(false)
  expect(styleOf(true).red('x')).toBe('\u001b[31mx\u001b[39m')
})

test('sizes and times as people read them', () => {
  expect([0, 999, 1_000, 999_999, 183_000_000].map(size)).toEqual(['0 B', '999 B', '1.0 kB', '1,000 kB', '183 MB'])
  expect([0.004, 9.994, 119.4, 200].map(duration)).toEqual(['0.00 s', '9.99 s', '119 s', '3 min 20 s'])
})

test('the next command goes to the same database, quoted for a shell, and never shows a password', () => {
  const verify = (to?: string) => nextCommand(['verify', 'my ideas', '--against', "it's.json"], to)
  expect(verify()).toBe(`outgrow verify 'my ideas' --against 'it'\\''s.json'`)
  expect(verify('postgres://app@db/app')).toMatch(/ --to postgres:\/\/app@db\/app$/)
  expect(verify('postgres://app:secret@db/app')).toMatch(/ --to URL$/)
  expect(verify('postgres://db/app?password=secret')).toMatch(/ --to URL$/)
})

test('an error is a line for what happened and one for what to do; an unforeseen one a single line', () => {
  const error = new OutgrowError('source-damaged', 'The store ends early.', { place: 'byte 7', next: 'Restore it.' })
  expect(renderError(error, plain)).toBe('Error: The store ends early. (at byte 7)\nNext: Restore it.\n')
  const usage = new OutgrowError('usage', 'unknown option.', { next: 'See `outgrow --help`.' })
  expect(renderError(usage, plain)).toBe('Error: unknown option. See `outgrow --help`.\n')
  expect(renderError(new TypeError('x is not\na function'), plain)).toBe(
    'Error: x is not (OUTGROW_DEBUG=1 shows where)\n',
  )
})

test('a salvage lists every range that was lost, and every one that is spelled in another way', () => {
  const lost = [{ from: 1000, to: 1010, why: 'filled with NULs' }]
  const respelled = [{ from: 1010, to: 1010, why: '`]` is missing' }]
  const report = { file: 'a.json', out: 'b.json', records: 2, lost, respelled }
  expect(renderSalvage(report, plain)).toContain('    1,000    1,010     10  filled with NULs')
  expect(renderSalvage(report, plain)).toContain('    1,010    1,010      0  `]` is missing')
  expect(renderSalvage({ ...report, lost: [] }, plain)).toContain('Nothing was lost.')
})
