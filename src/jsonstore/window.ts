import { isUtf8 } from 'node:buffer'
import { OutgrowError } from '../errors.ts'
import { damaged } from './damage.ts'

/** Bytes read at a time: large enough that the read itself does not count, small enough to stay in the cache. */
const CHUNK = 1 << 20
/** The longest single value that is read: PostgreSQL cannot hold a longer row either. */
const LONGEST = 1 << 30

/** What a window looks on: a FileHandle, or what reads as one. */
export interface Readable {
  read(into: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
}

/**
 * The part of a file at hand. Parsers work on `bytes[at, end)`; when that is too little they call `fill`, which drops
 * what was consumed, so memory is bounded by the longest single value and not by the file. Consume whole characters only.
 */
export class Window {
  bytes: Buffer = Buffer.allocUnsafe(CHUNK * 2)
  /** Next byte to be consumed. */
  at = 0
  end = 0
  /** File offset of bytes[0]. */
  base: number
  /** The file (or the span asked for) ends at `end`. */
  last = false
  #file: Readable
  #stop: number
  /** Bytes [.., #checked) are known to be UTF-8. */
  #checked = 0
  #onBytes: ((chunk: Buffer) => void) | undefined

  /** Reads [from, to) of the file; `onBytes` sees each byte once, in order (to hash it, say). */
  constructor(file: Readable, from = 0, to = Number.POSITIVE_INFINITY, onBytes?: (chunk: Buffer) => void) {
    this.#file = file
    this.base = from
    this.#stop = to
    this.#onBytes = onBytes
  }

  /** Offset in the file of the next byte to be consumed. */
  get offset(): number {
    return this.base + this.at
  }

  /** Reads on, moving `at` to the front of `bytes`. Returns false when nothing is left to read. */
  async fill(): Promise<boolean> {
    if (this.last) return false
    this.#makeRoom()
    const wanted = Math.min(this.bytes.length - this.end, this.#stop - this.base - this.end)
    const { bytesRead } =
      wanted > 0 ? await this.#file.read(this.bytes, this.end, wanted, this.base + this.end) : { bytesRead: 0 }
    if (bytesRead === 0) this.last = true
    this.#onBytes?.(this.bytes.subarray(this.end, this.end + bytesRead))
    this.end += bytesRead
    this.#checkUtf8()
    return bytesRead > 0
  }

  /** Consumes what stands before `offset`, which has no part of a character before it: `onBytes` sees it, nobody reads it. */
  async passTo(offset: number): Promise<void> {
    do this.at = Math.min(this.#checked, offset - this.base)
    while (this.offset < offset && (await this.fill()))
  }

  #makeRoom(): void {
    const kept = this.end - this.at
    const full = kept > this.bytes.length - CHUNK
    if (full && this.bytes.length >= LONGEST) throw this.#tooLong()
    const target = full ? Buffer.allocUnsafe(Math.min(LONGEST, this.bytes.length * 2)) : this.bytes
    this.bytes.copy(target, 0, this.at, this.end)
    this.bytes = target
    this.base += this.at
    this.#checked = Math.max(0, this.#checked - this.at)
    this.end = kept
    this.at = 0
  }

  #tooLong(): OutgrowError {
    return new OutgrowError('source-unfit', `One value at byte ${this.offset} is longer than ${LONGEST} bytes.`, {
      place: `byte ${this.offset}`,
      next: 'PostgreSQL holds at most 1 GB in one row: split the value in the store first.',
    })
  }

  /** Text must be UTF-8; a sequence cut by the end of the chunk waits for the next one. */
  #checkUtf8(): void {
    const whole = this.last ? this.end : this.end - unfinished(this.bytes, this.end)
    if (whole <= this.#checked) return
    if (!isUtf8(this.bytes.subarray(this.#checked, whole))) throw notUtf8(this.bytes, this.#checked, whole, this.base)
    this.#checked = whole
  }
}

/** How many bytes at the end begin a UTF-8 sequence that is not complete yet (0 to 3). */
function unfinished(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back] as number
    if (byte < 0x80) return 0
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return size > back ? back : 0
    }
  }
  return 0
}

function notUtf8(bytes: Buffer, from: number, to: number, base: number): OutgrowError {
  let good = from
  let bad = to
  // Halve the run until the first byte that is part of no valid sequence is found.
  while (bad - good > 4) {
    const middle = (good + bad) >> 1
    const cut = middle - unfinished(bytes, middle)
    if (cut > good && isUtf8(bytes.subarray(good, cut))) good = cut
    else bad = middle
  }
  for (let next = wholeCharacter(bytes, good, to); next > good; next = wholeCharacter(bytes, good, to)) good = next
  const mark = base + good === 0 ? ((bytes[0] as number) << 8) | (bytes[1] ?? 0) : 0
  if (mark === 0xfffe || mark === 0xfeff) return damaged(0, 'its byte order mark stands', 'UTF-16, not UTF-8')
  return damaged(base + good, `byte 0x${(bytes[good] as number).toString(16)} is not UTF-8`, 'not UTF-8')
}

/** Where the character at `at` ends; `at` itself when what stands there is none. */
function wholeCharacter(bytes: Buffer, at: number, to: number): number {
  for (let end = at + 1; end <= Math.min(at + 4, to); end++) if (isUtf8(bytes.subarray(at, end))) return end
  return at
}
