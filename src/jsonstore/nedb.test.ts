import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decoded, jsonText, tapeOf, utf8 } from '../../test/helpers/json.ts'
import { Bytes } from './bytes.ts'
import { materialiseNedb, type NedbLog } from './nedb.ts'
import { looksLikeNedb } from './nedb-detect.ts'
import { writeNedbIndexLine, writeNedbLine } from './nedb-write.ts'
import { STRIDE } from './tape.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-nedb-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function materialise(log: string | Buffer, extra = 0): Promise<NedbLog & { text: string }> {
  const path = join(folder, 'store.db')
  await writeFile(path, log)
  const file = await open(path)
  try {
    const chunks: Buffer[] = []
    const size = (await file.stat()).size + extra
    const summary = await materialiseNedb(file, size, { write: (bytes) => void chunks.push(Buffer.from(bytes)) })
    return { ...summary, text: Buffer.concat(chunks).toString() }
  } finally {
    await file.close()
  }
}

async function detected(content: string, name = 'store.db'): Promise<boolean> {
  const path = join(folder, 'detect')
  await writeFile(path, content)
  const file = await open(path)
  try {
    return await looksLikeNedb(file, (await file.stat()).size, name)
  } finally {
    await file.close()
  }
}

describe('a NeDB log becomes the list of its current records', () => {
  test('the last line of an id counts and keeps its place; a removed one goes; an inserted again one is last', async () => {
    const log = await materialise(
      [
        '{"_id":"a","n":1}',
        '{"_id":"b","n":1}',
        '{"_id":"c","n":1}',
        '{"$$deleted":true,"_id":"b"}',
        '{"_id":"a","n":2}',
        '',
        '{"_id":"b","n":3}',
        '{"$$deleted":true,"_id":"never"}',
      ].join('\n'),
    )
    expect(log.text).toBe('[\n{"_id":"a","n":2},\n{"_id":"c","n":1},\n{"_id":"b","n":3}\n]\n')
    expect(log).toMatchObject({ records: 3, lines: 7, deleted: 1 })
  })

  test('byte for byte: numbers, dates, escapes and white space stay as the log spells them', async () => {
    const line = ' { "_id" : "a", "at": {"$$date":1577836800000}, "n": 1.10, "s": "\\u00e9\\/" }'
    expect((await materialise(`${line} \r\n`)).text).toBe(`[\n${line.trim()}\n]\n`)
  })

  test('ids of different types are different records; one id spelt two ways is one', async () => {
    const log = await materialise(
      ['{"_id":1}', '{"_id":"1"}', '{"_id":1.0,"x":1}', '{"_id":"\\u0031","x":1}', '{"_id":-0}', '{"_id":0}'].join(
        '\n',
      ),
    )
    expect(JSON.parse(log.text)).toEqual([{ _id: 1, x: 1 }, { _id: '1', x: 1 }, { _id: 0 }])
  })

  test('index lines define and remove indexes and are no records', async () => {
    const log = await materialise(
      [
        '{"_id":"a"}',
        '{"$$indexCreated":{"fieldName":"email","unique":true,"sparse":false}}',
        '{"$$indexCreated":{"fieldName":"gone"}}',
        '{"$$indexCreated":{"fieldName":"email","unique":false}}',
        '{"$$indexRemoved":"gone"}',
      ].join('\n'),
    )
    expect(log.records).toBe(1)
    expect(log.indexes).toEqual(['{"fieldName":"email","unique":false}'])
  })

  test('an empty log is an empty list', async () => {
    for (const text of ['', '\n', '\n\n']) expect(await materialise(text)).toMatchObject({ records: 0, text: '[]\n' })
    expect((await materialise('{"_id":1}\n{"$$deleted":true,"_id":1}\n')).text).toBe('[]\n')
  })

  test('a byte order mark before the first line is passed over', async () => {
    expect((await materialise('\ufeff{"_id":1}\n')).text).toBe('[\n{"_id":1}\n]\n')
  })

  test('any history of inserts, updates and removals ends as a Map of it ends, over many reads of the file', async () => {
    const step = fc.record({ id: fc.nat(8), remove: fc.boolean(), body: jsonText.map((text) => squeeze(text)) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const model = new Map<number, string>()
        const lines = steps.map(({ id, remove, body }) => {
          const line = remove ? `{"$$deleted":true,"_id":${id}}` : `{"_id":${id},"body":${body}}`
          if (remove) model.delete(id)
          else model.set(id, line)
          return line
        })
        const log = await materialise(utf8(lines.join('\n')))
        expect(log.text).toBe(utf8(model.size ? `[\n${[...model.values()].join(',\n')}\n]\n` : '[]\n').toString())
      }),
      { numRuns: 40 },
    )
  })

  test('a log larger than what is read at a time, updated at random, comes out whole', async () => {
    const filler = 'x'.repeat(3000)
    const line = (i: number, n: number) => `{"_id":${i},"n":${n},"filler":"${filler}"}`
    const first = Array.from({ length: 1500 }, (_, i) => line(i, 0))
    const updated = Array.from({ length: 300 }, (_, i) => line((i * 677) % 1500, 1))
    const long = `{"_id":"long","filler":"${'y'.repeat(3 << 20)}"}`
    const log = await materialise([...first, long, ...updated].join('\n'))
    const records = JSON.parse(log.text) as { _id: number | string; n: number; filler: string }[]
    expect(records.map((record) => record._id)).toEqual([...first.keys(), 'long'])
    expect(records.filter((record) => record.n === 1).length).toBe(300)
    expect(records.slice(0, 1500).every((record) => record.filler === filler)).toBe(true)
    expect(records[1500]?.filler.length).toBe(3 << 20)
  })
})

describe('a damaged line is refused with its number and byte offset', () => {
  const good = '{"_id":"é"}\n'
  test.each<[string, string | Buffer, number, number]>([
    ['cut at the end of the file', `${good}${good}{"_id":"b","na`, 3, 40],
    ['cut before the next line', `${good}{"_id":"b\n${good}`, 2, 22],
    ['filled with NUL', `${good}\n\0\0\0\0`, 3, 14],
    ['without _id', `${good}{"n":1}\n`, 2, 13],
    ['a removal without _id', `${good}{"$$deleted":true}\n`, 2, 13],
    ['no object', `${good}7\n`, 2, 13],
    ['two on a line', `${good}{"_id":1} {"_id":2}\n`, 2, 23],
    ['over two lines', `${good}{"_id":1,\n"n":2}\n`, 2, 22],
    ['not UTF-8', Buffer.concat([Buffer.from(`${good}{"_id":"`), Buffer.from([0xff]), Buffer.from('"}\n')]), 2, 21],
    ['a name twice', `${good}{"_id":1,"a":1,"a":2}\n`, 2, 28],
  ])('%s', async (_, log, line, offset) => {
    const refusal = materialise(log)
    await expect(refusal).rejects.toMatchObject({ code: 'source-damaged', place: `line ${line}, byte ${offset}` })
    await expect(refusal).rejects.toThrow(/NeDB itself drops damaged lines/)
  })
})

describe('a log is told from a document', () => {
  test.each<[boolean, string, string]>([
    [true, '{"_id":"a"}\n{"_id":"b"}\n', 'store.db'],
    [true, '{"_id":"a"}\n{"_id":"b"}\n', 'store.json'],
    [true, '{"$$indexCreated":{"fieldName":"x"}}\n', 'store.json'],
    [true, '{"$$deleted":true,"_id":"a"}\n', 'store.json'],
    [true, '{"_id":"a"}\n', 'store.db'],
    [false, '{"_id":"a"}\n', 'store.JSON'],
    [true, '{"_id":"a"}\n{"_id":', 'store.json'],
    [false, '{"id":"a"}\n{"id":"b"}\n', 'store.db'],
    [false, '{\n"_id":"a"\n}\n', 'store.db'],
    [false, '[{"_id":"a"}]\n', 'store.db'],
    [false, '{"_id":', 'store.db'],
    [false, '7\n', 'store.db'],
    [false, '', 'store.db'],
  ])('%s: %j in %s', async (expected, content, name) => {
    expect(await detected(content, name)).toBe(expected)
  })
})

test('a list written back as a log materialises to the same records', async () => {
  const out = new Bytes()
  const texts = ['{ "_id": 1, "a": [ 1.0, {} ] }', '{"_id":"x y","s":"\\u0061 \\" b"}']
  for (const text of texts) writeNedbLine(tapeOf(text), out)
  writeNedbIndexLine('{"fieldName":"a"}', out)
  expect(out.view().toString()).toBe(
    '{"_id":1,"a":[1.0,{}]}\n{"_id":"x y","s":"\\u0061 \\" b"}\n{"$$indexCreated":{"fieldName":"a"}}\n',
  )
  const log = await materialise(Buffer.from(out.view()))
  expect(JSON.parse(log.text)).toEqual(texts.map((text) => JSON.parse(text)))
  expect(log.indexes).toEqual(['{"fieldName":"a"}'])
  expect(() => writeNedbLine(tapeOf('{"id":1}'), out)).toThrow(/without `_id`/)
})

const corpus = new URL('../../../shared/corpus/nedb/', import.meta.url)
describe.skipIf(!existsSync(corpus))('real logs (../shared/corpus/nedb; skipped when the folder is absent)', () => {
  for (const name of existsSync(corpus) ? readdirSync(corpus) : [])
    test(name, async () => {
      const content = readFileSync(new URL(name, corpus), 'utf8')
      expect(await detected(content, name)).toBe(true)
      const log = await materialise(content)
      const lines = content.split('\n').filter((line) => line !== '')
      expect(decoded(tapeOf(log.text.trim()))).toEqual(lines.map((line) => JSON.parse(line)))
      expect(log.records).toBe(lines.length)
    })
})

function squeeze(text: string): string {
  const tape = tapeOf(utf8(`[{"_id":0,"v":${text}}]`))
  const out = new Bytes()
  const record = tapeOf(Buffer.from(tape.bytes.subarray(tape.start(STRIDE), tape.stop(STRIDE))))
  writeNedbLine(record, out)
  return out.view().toString().slice('{"_id":0,"v":'.length, -2)
}
