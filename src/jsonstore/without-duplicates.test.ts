import { open } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemorySink, withFile } from '../../test/helpers/file.ts'
import { jsonText, utf8 } from '../../test/helpers/json.ts'
import { type Duplicate, withoutDuplicates } from './without-duplicates.ts'

async function rewrite(content: string | Uint8Array): Promise<{ text: string; left: Duplicate[] }> {
  return withFile(content, async (file, size) => {
    const sink = new MemorySink()
    const left = await withoutDuplicates(file, size, sink)
    return { text: sink.text, left }
  })
}

describe('the last value of a name stands at the place of the first', () => {
  test('in the document itself, with all other bytes kept', async () => {
    const { text, left } = await rewrite('\ufeff{ "a" : 1.0,\n  "b": [ ],\t"a" : {"x": 1e2} , "c":0,"\\u0061":"é" }\n')
    expect(text).toBe('\ufeff{ "a" : "é",\n  "b": [ ] , "c":0 }\n')
    expect(left).toEqual([
      { pointer: '/a', offset: 5, lost: '1.0' },
      { pointer: '/a', offset: 28, lost: '{"x": 1e2}' },
    ])
  })

  test('at any depth, with the pointer of each', async () => {
    const json = '[{"r":[0,{"k/":1,"k/":2}]},{"k":{"n":1,"n":2},"k":{"n":3,"n":4}}]'
    const { text, left } = await rewrite(json)
    expect(text).toBe('[{"r":[0,{"k/":2}]},{"k":{"n":4}}]')
    expect(left).toEqual([
      { pointer: '/0/r/1/k~1', offset: json.indexOf('"k/":1'), lost: '1' },
      { pointer: '/1/k', offset: json.indexOf('"k":{"n":1'), lost: '{"n":1,"n":2}' },
      { pointer: '/1/k/n', offset: json.indexOf('"n":3'), lost: '3' },
    ])
  })

  test('as JSON.parse understands any document, when names are repeated at random', async () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('1', '"x"', 'null', ' [ ] ', '{}'),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('value'), { maxLength: 3 }).map((parts) => `[${parts.join(' , ')}]`),
      object: fc
        .array(fc.tuple(fc.constantFrom('"a"', '"\\u0061"', '"b"', '"c"', '""'), tie('value')), { maxLength: 6 })
        .map((members) => `{${members.map(([name, inner]) => `${name} : ${inner}`).join(',\n')}}`),
    })).value as fc.Arbitrary<string>
    let repeated = 0
    await fc.assert(
      fc.asyncProperty(value, async (json) => {
        const { text, left } = await rewrite(json)
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(json)))
        expect((await rewrite(text)).left).toEqual([])
        if (left.length === 0) expect(text).toBe(json)
        else repeated++
      }),
    )
    expect(repeated).toBeGreaterThan(5)
  })

  test('when an object has more names than are numbered', async () => {
    const members = Array.from({ length: 70_000 }, (_, i) => `"k${i}":${i}`)
    const { text, left } = await rewrite(`{${[...members, '"k69999":-1', '"k0":-2'].join()}}`)
    expect(left.map((one) => one.pointer)).toEqual(['/k0', '/k69999'])
    expect(text).toBe(`{${members.with(0, '"k0":-2').with(69_999, '"k69999":-1').join()}}`)
  })
})

test('a document without duplicates comes out byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(jsonText, async (json) => {
      const bytes = utf8(` ${json}\n`)
      expect(await rewrite(bytes)).toEqual({ text: bytes.toString(), left: [] })
    }),
  )
})

test('a damaged document is refused as everywhere, and so is one that is too large to hold', async () => {
  await expect(rewrite('{"a":1,}')).rejects.toMatchObject({ code: 'source-damaged', place: 'byte 7' })
  await expect(rewrite('{"a":1} {}')).rejects.toMatchObject({ code: 'source-damaged', place: 'byte 8' })
  await expect(rewrite('\ufffd{}')).rejects.toMatchObject({ code: 'source-damaged', place: 'byte 0' })
  await expect(rewrite('')).rejects.toMatchObject({ code: 'source-damaged' })
  await withFile('', async (_, __, path) => {
    const file = await open(path, 'r+')
    const refusal = withoutDuplicates(file, 1_000_000_001, new MemorySink()).finally(() => file.close())
    await expect(refusal).rejects.toMatchObject({ code: 'source-unfit' })
  })
})
