import { createReadStream } from 'node:fs'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN = new Set([0x5b, 0x7b])
const CLOSE = new Set([0x5d, 0x7d])
/** Records lie within the list within the document. */
const RECORD_DEPTH = 2

/**
 * The JSON text of every record of a store `{"records": […]}`, in order and at any size, whatever its white space. Bytes
 * are only cut, never parsed, so the text is the file's own.
 */
export async function* storeRecords(path: string): AsyncGenerator<string> {
  const cutter = new RecordCutter()
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) yield* cutter.cut(chunk as Buffer)
}

/** Where we are between chunks: the depth, whether in a string, and the start of a record that is not finished. */
class RecordCutter {
  private depth = 0
  private inString = false
  private escaped = false
  private rest: Buffer = Buffer.alloc(0)

  cut(chunk: Buffer): string[] {
    const records: string[] = []
    let start = 0
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] as number
      const edge = this.step(byte)
      if (edge === 'begin') start = index + 1
      if (edge !== 'end') continue
      const record = Buffer.concat([this.rest, chunk.subarray(start, index)])
        .toString('utf8')
        .trim()
      this.rest = Buffer.alloc(0)
      start = index + 1
      if (record !== '') records.push(record)
    }
    if (this.depth >= RECORD_DEPTH) this.rest = Buffer.concat([this.rest, chunk.subarray(start)])
    return records
  }

  private step(byte: number): 'begin' | 'end' | 'within' {
    if (this.inString) {
      if (this.escaped) this.escaped = false
      else if (byte === BACKSLASH) this.escaped = true
      else if (byte === QUOTE) this.inString = false
      return 'within'
    }
    if (byte === QUOTE) this.inString = true
    else if (byte === COMMA) return this.depth === RECORD_DEPTH ? 'end' : 'within'
    else if (OPEN.has(byte)) return ++this.depth === RECORD_DEPTH ? 'begin' : 'within'
    else if (CLOSE.has(byte)) return this.depth-- === RECORD_DEPTH ? 'end' : 'within'
    return 'within'
  }
}
