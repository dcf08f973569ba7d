import { OutgrowError } from '../errors.ts'

/** Bytes written at a time, unless told otherwise: small writes cost more than they move. */
const BLOCK = 1 << 18

/** Where bytes go. */
export interface Sink {
  /** Takes the bytes by copy. When a promise comes back, wait for it before the next write and before reusing them. */
  write(bytes: Uint8Array): void | Promise<void>
}

/** What the sink writes to: a FileHandle, at its own position. */
export interface Disk {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }>
}

/** What becomes of each block on its way to the file: all are full but the last, and `last` is told of exactly one. */
export type BlockFilter = (block: Buffer, last: boolean) => Uint8Array

/**
 * Writes a file in blocks of 256 KiB, one on its way to the disk while the next is filled. Holds two blocks, and less of a
 * file that is smaller. An error of a write surfaces, as itself, in the next call that waits. The file stays open, and is
 * the opener's to sync and to close.
 */
export class FileSink implements Sink {
  /** Bytes taken so far. */
  bytes = 0
  readonly #file: Disk
  readonly #filter: BlockFilter | undefined
  readonly #onBlock: ((block: Buffer) => void) | undefined
  readonly #size: number
  #fill: Buffer = Buffer.alloc(0)
  #other: Buffer = Buffer.alloc(0)
  #length = 0
  #writing: Promise<void> = Promise.resolve()
  #busy = false

  /** `onBlock` sees the bytes as they were taken (to hash them, say) while the disk is at work. */
  constructor(file: Disk, onBlock?: (block: Buffer) => void, filter?: BlockFilter, size = BLOCK) {
    this.#file = file
    this.#size = size
    this.#onBlock = onBlock
    this.#filter = filter
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#busy) throw new OutgrowError('failure', 'a write began before the one before it was waited for')
    this.bytes += bytes.length
    if (this.#length + bytes.length > this.#size) return this.#spill(bytes)
    this.#take(bytes)
  }

  /** Writes the last block and waits for the disk to have taken all of them. */
  async finish(): Promise<void> {
    if (this.#busy) throw new OutgrowError('failure', 'a file was finished before its last write was waited for')
    await this.#block(true)
    await this.#writing
  }

  /** A full block goes out only when more follows, so that the last block is known to be the last. */
  async #spill(bytes: Uint8Array): Promise<void> {
    this.#busy = true
    for (let at = 0; at < bytes.length; ) {
      if (this.#length === this.#size) await this.#block(false)
      const part = bytes.subarray(at, at + this.#size - this.#length)
      this.#take(part)
      at += part.length
    }
    this.#busy = false
  }

  #take(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length
    if (needed > this.#fill.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#size, Math.max(needed, this.#fill.length * 2, 4096)))
      this.#fill.copy(grown, 0, 0, this.#length)
      this.#fill = grown
    }
    this.#fill.set(bytes, this.#length)
    this.#length = needed
  }

  async #block(last: boolean): Promise<void> {
    await this.#writing
    const full = this.#fill
    const block = full.subarray(0, this.#length)
    this.#fill = this.#other
    this.#other = full
    this.#length = 0
    const writing = writeAll(this.#file, this.#filter === undefined ? block : this.#filter(block, last))
    // Whoever waits next gets the error; until then it must not count as unhandled.
    writing.catch(() => {})
    this.#writing = writing
    this.#onBlock?.(block)
  }
}

async function writeAll(file: Disk, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at)
    at += bytesWritten
  }
}
