import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDocument, refusalOf } from '../../test/helpers/document.ts'
import { jsonText, utf8 } from '../../test/helpers/json.ts'

const container = fc.oneof(
  fc.array(jsonText, { maxLength: 4 }).map((values) => ` [${values.join(' ,')}]\n`),
  fc
    .uniqueArray(fc.tuple(fc.string(), jsonText), { maxLength: 4, selector: ([name]) => name })
    .map((members) => `{ ${members.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(' ,')} }`),
)

const hard = utf8(
  '\ufeff {"users":[{"id":1,"name":"\\ud83d\\ude00 é😀 \\u0041\\n"},{"id":-12.5e+3,"ok":true}] , "é":{"k":null,"":[[],{}]},' +
    ' "n":-0.25E-2,"s":"x\\\\\\"y","t":[true,false,null] }\r\n',
)

describe('what is read is what JSON.parse reads', () => {
  test('for any document', async () => {
    await fc.assert(
      fc.asyncProperty(container, async (text) => {
        expect((await readDocument(utf8(text))).value).toEqual(JSON.parse(text))
      }),
      { numRuns: 300 },
    )
  })

  test('wherever the first read ends', async () => {
    const whole = await readDocument(hard)
    expect(whole.value).toEqual(JSON.parse(hard.toString().slice(1)))
    for (let cut = 1; cut < hard.length; cut++) {
      const document = await readDocument(hard, (position) => (position < cut ? cut - position : hard.length))
      expect(document, `first read of ${cut} bytes`).toEqual(whole)
    }
  })

  test('when every read brings one byte', async () => {
    expect(await readDocument(hard, () => 1)).toEqual(await readDocument(hard))
    await fc.assert(
      fc.asyncProperty(container, fc.integer({ min: 1, max: 5 }), async (text, size) => {
        expect((await readDocument(utf8(text), () => size)).value).toEqual(JSON.parse(text))
      }),
      { numRuns: 60 },
    )
  })

  test('when one value is larger than the window', async () => {
    const long = 'y'.repeat(5 << 20)
    const text = `{"a":["${long}",1,"${long}\\n"],"b":[${Array.from({ length: 1 << 19 }, (_, i) => i).join()}]}`
    expect((await readDocument(Buffer.from(text))).value).toEqual(JSON.parse(text))
  })

  test('at the deepest nesting, and not one level deeper', async () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect(await refusalOf(nested(512))).toBeUndefined()
    expect(await refusalOf(nested(514))).toMatchObject({ message: expect.stringMatching(/deeper than 512 levels/) })
    expect(await refusalOf(`{"a":[${'['.repeat(100_000)}`)).toMatchObject({ message: expect.stringMatching(/deeper/) })
  })
})

describe('a walk tells', () => {
  test('each member with its shape and bytes, and each item with its offset', async () => {
    const text = ' {"a": [1, 2],"b":{"x":1 , "y":{}},"c" : "s" } '
    const { members, root, byteOrderMark } = await readDocument(Buffer.from(text))
    expect({ root, byteOrderMark }).toEqual({ root: 'object', byteOrderMark: false })
    expect(members.map(({ name, shape, span }) => [name, shape, text.slice(span.from, span.to)])).toEqual([
      ['a', 'list', '[1, 2]'],
      ['b', 'object', '{"x":1 , "y":{}}'],
      ['c', 'scalar', '"s"'],
    ])
    expect(members.map(({ offsets }) => offsets.map((offset) => text.slice(offset, offset + 3)))).toEqual([
      ['1, ', '2],'],
      ['"x"', '"y"'],
      ['"s"'],
    ])
  })

  test('a top-level list, and an object read as one map, as one collection without a name', async () => {
    expect(await readDocument(Buffer.from('[1]'))).toMatchObject({
      root: 'list',
      members: [{ name: null, shape: 'list' }],
    })
    const map = await readDocument(Buffer.from('{"1":{},"2":{}}'), undefined, 'map')
    expect(map).toMatchObject({ root: 'map', value: { 1: {}, 2: {} }, members: [{ name: null, shape: 'object' }] })
  })

  test('an empty document, and a byte order mark', async () => {
    expect(await readDocument(Buffer.from('{}'))).toMatchObject({ value: {}, members: [], root: 'object' })
    expect(await readDocument(Buffer.from('[]'))).toMatchObject({ value: [], root: 'list' })
    expect(await readDocument(Buffer.from('\ufeff[]'), () => 1)).toMatchObject({ byteOrderMark: true })
  })
})
