import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeSpan, escapeText, fenced, row, yamlText } from './markdown.ts'
import { shellWord, slugOf } from './migration-text.ts'

const nasty = fc.constantFrom(
  ...'{}<>|`&\\*_[]~#$: a1;=!-',
  '\n',
  '\r',
  '\t',
  '\0',
  '\u2028',
  '\u202e',
  '\ud800',
  '\udc00',
  '&amp;',
  '&#123;',
  '\\u000a',
  '<!--',
  '```',
  '🙂',
  'é',
  '世',
)
const text = fc.oneof(
  fc.array(nasty, { maxLength: 24 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
)

/** What a reader of CommonMark makes of inline text: backslash escapes and entities, each of them once. */
const shown = (markdown: string): string =>
  markdown.replace(/\\([!-/:-@[-`{-~])|&#(\d+);/g, (_, escaped, code) => escaped ?? String.fromCharCode(Number(code)))

/** What escapeText promises to show: invisible characters as their escape, all others as they are. */
const visible = (data: string): string =>
  data.replace(
    /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Cells of a table row as GFM splits it, before anything else is looked at. */
const cells = (line: string): string[] =>
  line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())

describe('escapeText', () => {
  test('is shown as the data', () => {
    fc.assert(
      fc.property(text, (data) => {
        expect(shown(escapeText(data))).toBe(visible(data))
      }),
    )
  })

  test('leaves nothing that MDX, a table or a line would take for its own', () => {
    fc.assert(
      fc.property(text, (data) => {
        expect(escapeText(data)).not.toMatch(/[{}<>|`\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]|&(?!#\d+;)/u)
        expect(
          escapeText(data)
            .replace(/\\[!-/:-@[-`{-~]/g, '')
            .replace(/&#\d+;/g, ''),
        ).not.toMatch(/[\\*_[\]~#$:]/)
        expect(escapeText(data).isWellFormed()).toBe(true)
      }),
    )
  })

  test('stays one cell, with its spaces, as text and as code', () => {
    fc.assert(
      fc.property(text, text, (one, two) => {
        expect(cells(row([escapeText(one), escapeText(two)]))).toEqual([escapeText(one), escapeText(two)])
        expect(cells(row([codeSpan(one), codeSpan(two)]))).toEqual([codeSpan(one), codeSpan(two)])
      }),
    )
  })
})

test('a code span is the text between one pair of backticks, or escaped text', () => {
  fc.assert(
    fc.property(text, (data) => {
      const span = codeSpan(data)
      const isCode = span.startsWith('`')
      expect(isCode ? span : shown(span)).toBe(isCode ? `\`${data}\`` : visible(data))
      if (isCode) expect(data).not.toMatch(/[`|\p{Cc}]/u)
    }),
  )
  expect(codeSpan('outgrow rollback ideas')).toBe('`outgrow rollback ideas`')
})

test('no line of a fenced block ends it before its last', () => {
  fc.assert(
    fc.property(fc.array(text), (lines) => {
      const [open = '', ...rest] = fenced('sh', lines).split('\n')
      const fence = open.slice(0, -2)
      const ends = rest.findIndex((line) => line.trim().startsWith(fence))
      expect(ends).toBe(rest.length - 1)
    }),
  )
})

test('a YAML text is one printable line that reads back as the data', () => {
  fc.assert(
    fc.property(text, (data) => {
      expect(JSON.parse(yamlText(data))).toBe(data)
      expect(yamlText(data)).toMatch(/^[\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u)
    }),
  )
})

test('a slug is a safe part of a file name, never empty', () => {
  fc.assert(
    fc.property(text, (data) => {
      expect(slugOf(data)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$/)
    }),
  )
  expect(slugOf('Idea Bank')).toBe('idea-bank')
  expect(slugOf('世界')).not.toBe(slugOf('世'))
})

test('a shell word is read back by a shell as the text', async () => {
  const { execFileSync } = await import('node:child_process')
  for (const data of ['plain', "it's", '', '-x', '$(id) `id` "q"', 'two\nlines', '~', '*', '世 界']) {
    expect(execFileSync('sh', ['-c', `printf '<%s>' ${shellWord(data)}`], { encoding: 'utf8' })).toBe(`<${data}>`)
  }
})
