import { existsSync, readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../test/helpers/document.ts'
import { MemorySink, withFile } from '../../test/helpers/file.ts'
import { jsonText, utf8 } from '../../test/helpers/json.ts'
import { OutgrowError } from '../errors.ts'
import { type Salvage, salvage } from './salvage.ts'

async function salvaged(content: string | Uint8Array): Promise<Salvage & { text: string; value: unknown }> {
  return withFile(content, async (file, size) => {
    const sink = new MemorySink()
    const result = await salvage(file, size, sink)
    return { ...result, text: sink.text, value: JSON.parse(sink.text) as unknown }
  })
}

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

describe('from a damaged file what can be read is written', () => {
  test.each<[string, string | Buffer, unknown]>([
    ['cut in a record', '{"a":[{"x":1},{"x":2', { a: [{ x: 1 }] }],
    ['cut in a string', '[{"x":1},{"x":"ab', [{ x: 1 }]],
    ['cut in a number, which may have had more digits', '[1,2,34', [1, 2]],
    ['cut between records', '{"a":[{"x":1},', { a: [{ x: 1 }] }],
    ['cut in a name', '{"a":[1],"b', { a: [1] }],
    ['cut before a value', '{"a":[1],"b":', { a: [1] }],
    ['NUL bytes at its end', bytes('{"a":[1,2]', [0, 0, 0, 0]), { a: [1, 2] }],
    ['NUL bytes in a number', bytes('[1,23', [0, 0]), [1]],
    ['NUL bytes inside', bytes('[{"x":1},{"x":"', [0, 0], '"},{"x":3}]'), [{ x: 1 }, { x: 3 }]],
    ['a trailing comma in a list', '{"a":[{"x":1},]}', { a: [{ x: 1 }] }],
    ['trailing commas everywhere', '{"a":[{"x":[1,],},],}', { a: [{ x: [1] }] }],
    ['a comma twice', '[1,,2]', [1, 2]],
    ['a comma missing between records', '[{"x":1} {"x":2}]', [{ x: 1 }, { x: 2 }]],
    ['a comma missing at a line break', '{"a":{"x":1\n"y":2}}', { a: { x: 1, y: 2 } }],
    ['a comma missing in one line', '[{"x":1 "y":2},{"x":3}]', [{ x: 3 }]],
    ['comments', '// one\n{"a":[1,/* two */2] # \n}', { a: [1, 2] }],
    ['a byte order mark', '\ufeff{"a":[1]}', { a: [1] }],
    ['a tab in a string', '[{"x":"a\tb"}]', [{ x: 'a\tb' }]],
    ['a line break in a string', '[{"x":"a\nb"}]', [{ x: 'a\nb' }]],
    ['a quote missing at the end of a line', '[{"x":"a,\n"y":"b"},\n{"x":"c"}]', [{ x: 'c' }]],
    ['a quote too many', '[{"x":"a"b"},\n{"x":"c"}]', [{ x: 'c' }]],
    ['a second document', '{"a":[1]}\n{"a":[2]}', { a: [1] }],
    ['bytes that are not UTF-8', bytes('[{"x":"', [0xe9], '"},{"x":2}]'), [{ x: 2 }]],
    ['a script', 'const db = {"a":[1]};\n', { a: [1] }],
    ['a module', 'module.exports = [1]', [1]],
    ['single quotes', `[{'x':'it\\'s "so"'}]`, [{ x: `it's "so"` }]],
    ['names without quotes', '[{x_1:1,$y:2}]', [{ x_1: 1, $y: 2 }]],
    ['a value without quotes', '[{"x":hello},{"x":2}]', [{ x: 2 }]],
    ['NaN', '{"a":[NaN,1],"b":undefined,"c":2}', { a: [1], c: 2 }],
    ['the words of Python', '[{"x":True,"y":None}]', [{ x: true, y: null }]],
    ['a number in hexadecimal', '[{"x":0x10},{"x":1}]', [{ x: 1 }]],
    ['a number with leading zeros', '[{"x":007},{"x":1}]', [{ x: 1 }]],
    ['a brace too many at the end', '{"a":[1]}}', { a: [1] }],
    ['a brace too many inside', '{"a":[1]},"b":[2]}', { a: [1], b: [2] }],
    ['a bracket too many', '{"a":[1]],"b":[2]}', { a: [1], b: [2] }],
    ['a bracket missing', '{"a":[1,2,"b":3}', { a: [1, 2], b: 3 }],
    ['a name in a list', '["a":1,2]', [2]],
    ['a piece of a string with quotes in it', '{"t":["Ad"id"as","x"],"u":"Ad"id"as","v":1}', { t: ['x'], v: 1 }],
    ['a record that was not closed', '[{"x":1,{"x":2},{"x":3}]', [{ x: 2 }, { x: 3 }]],
    ['a record that was not closed, the last of its list', '{"a":[{"x":1},{"x":2],"b":[3]}', { a: [{ x: 1 }], b: [3] }],
    ['the first brace missing', '"a":[{"x":1}]', { a: [{ x: 1 }] }],
    ['a brace around a list', '{[{"x":1}]}', [{ x: 1 }]],
    ['a member without a name', '{"a":[1],[2],"c":[3]}', { a: [1], c: [3] }],
    ['a name without a value', '{"a","b":[1]}', { b: [1] }],
    ['records deeper than is read', `[1,${'['.repeat(600)}${']'.repeat(600)},2]`, [1, 2]],
    ['hardly anything', '{', {}],
  ])('%s', async (_, content, expected) => {
    const result = await salvaged(content)
    expect(result.value).toEqual(expected)
    expect(await refusalOf(content)).toEqual(
      result.lost.length + result.respelled.length === 0 ? undefined : expect.anything(),
    )
  })

  test('UTF-16, either way round, lone surrogates included', async () => {
    const text = '{"a":[{"x":"é😀"},{"x":"\ud800"}]}'
    for (const content of [Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(text, 'utf16le').swap16()])
      expect(await salvaged(content)).toMatchObject({
        value: JSON.parse(text),
        lost: [],
        respelled: [{ from: 0, to: content.length, why: expect.stringMatching(/UTF-16/) }],
      })
  })

  test('and each byte range that was left out is listed', async () => {
    const { lost, respelled, kept } = await salvaged(
      '// db\n{"a":[{"x":1},{"x":oops, "y":[2]},{"x":3,}],"b":{"k":1}}} ;',
    )
    expect(lost).toEqual([
      { from: 0, to: 5, why: 'a comment' },
      { from: 20, to: 39, why: 'an item that cannot be read' },
      { from: 62, to: 63, why: 'a mark after the end of the document' },
      { from: 64, to: 65, why: 'a mark after the end of the document' },
    ])
    expect(respelled).toEqual([{ from: 40, to: 48, why: 'a trailing comma' }])
    expect(kept).toBe(3)
  })

  test('with the spelling that each readable record has', async () => {
    const { text } = await salvaged('[{"n":1.10, "s":"\\u00e9"},{"n":1e400},{')
    expect(text).toBe('[\n  {"n":1.10, "s":"\\u00e9"},\n  {"n":1e400}\n]\n')
  })
})

test('a file in which no list or object begins is refused', async () => {
  for (const content of ['', ' \n', '\0\0\0\0', 'hello', '12'])
    await expect(salvaged(content)).rejects.toMatchObject({
      code: 'source-damaged',
      message: expect.stringMatching(/nothing to salvage/),
    })
})

const records = fc.array(jsonText, { minLength: 1, maxLength: 5 })

test('a document that is whole loses nothing and changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(records, records, async (a, b) => {
      const text = `{"list":[${a.join()}],"map":{${b.map((value, i) => `"k${i}":${value}`).join()}}}`
      const { value, lost, respelled, kept } = await salvaged(utf8(text))
      expect(value).toEqual(JSON.parse(text))
      expect({ lost, respelled, kept }).toEqual({ lost: [], respelled: [], kept: a.length + b.length })
    }),
  )
})

test('of a document cut anywhere the records before the cut are kept, as they were', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.nat(), async (list, seed) => {
      const starts: number[] = []
      let text = '['
      for (const [i, record] of list.entries()) {
        text += i > 0 ? ',' : ''
        starts.push(utf8(text).length)
        text += record.trim()
      }
      const content = utf8(`${text}]`)
      const cut = 1 + (seed % (content.length - 1))
      const { value, lost, kept } = await salvaged(content.subarray(0, cut))
      expect(value).toEqual((JSON.parse(`${text}]`) as unknown[]).slice(0, kept))
      const whole = starts.filter((_, i) => (starts[i + 1] ?? content.length) - 1 < cut).length
      // One that ends with the file is kept as well when it cannot have gone on.
      expect(kept === whole || kept === whole + 1).toBe(true)
      if (kept === whole && starts[kept] !== undefined && (starts[kept] as number) < cut)
        expect(lost.at(-1)).toMatchObject({ from: starts[kept], to: cut })
    }),
  )
})

test('in a document laid out by lines, a record that is damaged does not take its neighbours along', async () => {
  const value = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.integer(),
    fc.array(fc.record({ id: fc.nat() }), { maxLength: 2 }),
  )
  const record = fc.record({ name: value, list: value, last: fc.string() })
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 3, maxLength: 3 }),
      fc.constantFrom('"', 'x"', '?', '{', '['),
      fc.nat(),
      async (list, junk, seed) => {
        const lines = JSON.stringify(list, null, 2).split('\n')
        const first = lines.indexOf('  {', 2)
        const inside = lines.slice(first + 1, lines.indexOf('  },', first))
        const line = first + 1 + (seed % inside.length)
        lines[line] = `${lines[line]}${junk}`
        const result = await salvaged(lines.join('\n'))
        expect((result.value as unknown[])[0]).toEqual(list[0])
        if (!'{['.includes(junk)) expect((result.value as unknown[]).at(-1)).toEqual(list[2])
      },
    ),
  )
})

test('whatever the damage, what is written is JSON and every range lies in the file', async () => {
  const blows = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...Buffer.from('{}[]",:\\\n/\'x0\0'), 0xff, 0xc3)), {
    minLength: 1,
    maxLength: 4,
  })
  await fc.assert(
    fc.asyncProperty(records, blows, fc.boolean(), async (list, damage, replace) => {
      let content = utf8(`{"a":[${list.join()}],"b":${list[0]}}`)
      for (const [seed, byte] of damage) {
        const at = seed % content.length
        content = Buffer.concat([content.subarray(0, at), Buffer.of(byte), content.subarray(replace ? at + 1 : at)])
      }
      try {
        const { lost, respelled } = await salvaged(content)
        for (const range of [lost, respelled])
          for (const [i, { from, to }] of range.entries()) {
            expect(from >= (range[i - 1]?.from ?? 0) && from <= to).toBe(true)
            expect(to).toBeLessThanOrEqual(content.length)
          }
      } catch (error) {
        expect(error).toBeInstanceOf(OutgrowError)
      }
    }),
    { numRuns: 400 },
  )
})

const corpus = new URL('../../../shared/corpus/invalid/', import.meta.url)
const names = existsSync(corpus) ? readdirSync(corpus) : []

describe.skipIf(names.length === 0)(
  'real damaged files (../shared/corpus/invalid; skipped when the folder is absent)',
  () => {
    /** How many records each file yields: those of a list, of the lists and objects of an object, or its scalar members. */
    const kept: Record<string, number> = {
      '01': 7,
      '04': 14,
      '05': 6,
      '06': 30,
      '07': 8,
      '08': 4,
      '09': 27,
      '10': 10,
      '11': 5,
      '12': 12,
      '13': 9,
      '14': 243,
      '15': 13,
      '16': 1,
      '17': 1,
      '18': 2,
      '19': 5,
      '20': 3,
      '21': 3,
      '22': 0,
      '23': 5,
    }
    for (const name of names)
      test(name, async () => {
        const content = readFileSync(new URL(name, corpus))
        const expected = kept[name.slice(0, 2)]
        if (expected === undefined) {
          await expect(salvaged(content)).rejects.toThrow(/nothing to salvage/)
          return
        }
        const result = await salvaged(content)
        expect(result.kept).toBe(expected)
        expect(await refusalOf(result.text)).toBeUndefined()
      })
  },
)
