import type { Fields } from './decode.ts'

/** What `next` found: a row, the need for more bytes, or the end. */
export const ROW = 1
export const NEED_BYTES = 0
export const NO_MORE = 2

const TAB = 9
const NEWLINE = 10
const FIRST_CAPACITY = 1 << 17

/**
 * Cuts a stream of COPY text into rows and fields. `next` never waits: it answers NEED_BYTES and the caller awaits
 * `fill`. The row is valid until the next call of either. Raw tabs and newlines only ever separate: COPY escapes them in
 * data.
 */
export class RowReader implements Fields {
  bytes: Buffer = Buffer.allocUnsafe(FIRST_CAPACITY)
  starts: Int32Array
  ends: Int32Array
  /** Rows given out. */
  count = 0
  #chunks: AsyncIterator<Buffer>
  #onChunk: ((chunk: Buffer) => void | Promise<void>) | undefined
  #row = 0
  #scan = 0
  #end = 0
  #field = 0
  #over = false
  #width: number

  /** `width`: fields per row; `onChunk` sees the bytes as they come, before they are cut. */
  constructor(chunks: AsyncIterable<Buffer>, width: number, onChunk?: (chunk: Buffer) => void | Promise<void>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.#onChunk = onChunk
    this.#width = width
    this.starts = new Int32Array(width)
    this.ends = new Int32Array(width)
  }

  next(): number {
    const { bytes, starts, ends } = this
    const end = this.#end
    let field = this.#field
    let start = field === 0 ? this.#row : (ends[field - 1] as number) + 1
    for (let at = this.#scan; at < end; at++) {
      const byte = bytes[at] as number
      if (byte > TAB + 1 || (byte !== TAB && byte !== NEWLINE)) continue
      starts[field] = start
      ends[field++] = at
      start = at + 1
      if (byte === TAB) continue
      if (field !== this.#width) throw new RangeError(`a row of ${field} fields where ${this.#width} were expected`)
      this.#row = this.#scan = at + 1
      this.#field = 0
      this.count++
      return ROW
    }
    this.#field = field
    this.#scan = end
    return this.#over ? NO_MORE : NEED_BYTES
  }

  /** Waits for more bytes. A row that was not finished is kept. */
  async fill(): Promise<void> {
    const { value, done } = await this.#chunks.next()
    if (done) {
      this.#over = true
      return
    }
    await this.#onChunk?.(value)
    this.#makeRoom(value.length)
    value.copy(this.bytes, this.#end)
    this.#end += value.length
  }

  /** Ends the stream early, so that what feeds it can clean up. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  #makeRoom(count: number): void {
    const kept = this.#end - this.#row
    if (this.#end + count <= this.bytes.length) return
    const target =
      kept + count > this.bytes.length ? Buffer.allocUnsafe(Math.max(this.bytes.length * 2, kept + count)) : this.bytes
    this.bytes.copy(target, 0, this.#row, this.#end)
    for (let i = 0; i < this.#field; i++) {
      this.starts[i] = (this.starts[i] as number) - this.#row
      this.ends[i] = (this.ends[i] as number) - this.#row
    }
    this.#scan -= this.#row
    this.#end = kept
    this.#row = 0
    this.bytes = target
  }
}
