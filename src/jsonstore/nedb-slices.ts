import type { FileHandle } from 'node:fs/promises'
import { OutgrowError } from '../errors.ts'

/** Read ahead of a slice that follows the last one closely, and of one that does not. */
const NEAR = 1 << 20
const FAR = 1 << 14

/** Reads slices of a file, mostly in ascending order, with few system calls. A slice is valid until the next one. */
export class SliceReader {
  #file: FileHandle
  #buffer = Buffer.allocUnsafe(NEAR)
  #from = 0
  #to = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async slice(from: number, to: number): Promise<Buffer> {
    if (from < this.#from || to > this.#to) await this.#read(from, to)
    return this.#buffer.subarray(from - this.#from, to - this.#from)
  }

  async #read(from: number, to: number): Promise<void> {
    const near = from >= this.#from && from <= this.#to + NEAR
    const wanted = Math.max(to - from, near ? NEAR : FAR)
    if (wanted > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(wanted)
    this.#from = from
    this.#to = from
    while (this.#to < from + wanted) {
      const held = this.#to - from
      const { bytesRead } = await this.#file.read(this.#buffer, held, wanted - held, this.#to)
      if (bytesRead === 0) break
      this.#to += bytesRead
    }
    if (this.#to < to) throw cutShort(to)
  }
}

function cutShort(offset: number): OutgrowError {
  return new OutgrowError('source-changed', `The store became shorter than ${offset} bytes while it was read.`, {
    place: `byte ${offset}`,
    next: 'Stop the application that writes it, and run again.',
  })
}
