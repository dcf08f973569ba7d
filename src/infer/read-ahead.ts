import { createHash, type Hash } from 'node:crypto'
import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { OutgrowError } from '../errors.ts'
import type { Items } from '../jsonstore/items.ts'
import { type RestOfList, SecondReader } from './second-reader.ts'
import { separatorBefore } from './separator.ts'

/** Bytes left to read from which on a second thread pays for its start. */
const LEAST = availableParallelism() > 1 ? 32 << 20 : Number.POSITIVE_INFINITY
/** Bytes searched for the beginning of an element. */
const SEARCHED = 1 << 18
/** The part of what is left that is read here: the other thread has yet to start, and its code to warm up. */
const HERE = 0.56
/** Guesses, and elements without anything to search by, after which the rest is read in one thread. */
const MOST_TRIES = 10

/**
 * Has the second half of a large document read by another thread while the first is read here. Where an element of a list
 * begins in the middle of a file cannot be known, only guessed. A guess is proven when the reading here comes by an element
 * at that very byte; otherwise what the other thread made of it is thrown away. So nothing but the time it takes depends on
 * how good the guess is, or on which thread is faster.
 */
export class ReadAhead {
  #file: FileHandle
  #bytes: number
  /** Items that begin behind this are not worth a guess. */
  #last: number
  #tries = 0
  #passed = 0
  #reader: SecondReader | undefined
  #readers: SecondReader[] = []
  /** Of the bytes that the other thread reads, as they are read here. */
  #hash: Hash | undefined
  #from = 0
  #taken: RestOfList | undefined

  constructor(file: FileHandle, bytes: number, least = LEAST) {
    this.#file = file
    this.#bytes = bytes
    this.#last = bytes - least
  }

  /** Sees every byte of the document, in order. */
  pass(chunk: Buffer): void {
    const skip = this.#from - 1 - this.#passed
    this.#passed += chunk.length
    if (skip < chunk.length) this.#hash?.update(skip > 0 ? chunk.subarray(skip) : chunk)
  }

  /**
   * Told of each element of a list. Where the other thread's reading begins, it answers with the offset behind the list once
   * `take` has taken what that thread found; undefined: go on with this element.
   */
  at(items: Items, take: (rest: RestOfList) => boolean): Promise<number | undefined> | undefined {
    if (this.#reader === undefined) {
      if (items.offset < this.#last) this.#guess(items)
      return undefined
    }
    if (items.offset < this.#from) return undefined
    const reader = this.#reader
    this.#reader = undefined
    if (items.offset === this.#from) return this.#join(reader, take)
    this.#hash = undefined
    void reader.close()
    return undefined
  }

  /** At the end of the document. Throws `source-changed` when the two threads did not read the same bytes. */
  settle(): void {
    if (this.#taken === undefined || this.#hash?.digest('hex') === this.#taken.sha256) return
    throw new OutgrowError('source-changed', 'The store changed while it was read.', {
      next: 'Stop the service that writes it, or run this at a quieter time.',
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()))
  }

  #guess(items: Items): void {
    if (++this.#tries === MOST_TRIES) this.#last = -1
    const separator = separatorBefore(items)
    if (!separator) return
    const shared = Math.floor((this.#bytes - items.offset) * HERE)
    const searched = Math.max(items.offset + shared, this.#passed)
    const found = this.#find(separator.bytes, searched)
    if (found < 0) return
    this.#from = searched + found + separator.element
    this.#hash = createHash('sha256')
    this.#reader = new SecondReader({ fd: this.#file.fd, from: this.#from, bytes: this.#bytes })
    this.#readers.push(this.#reader)
  }

  #find(bytes: Buffer, from: number): number {
    const searched = Buffer.allocUnsafe(SEARCHED)
    const length = readSync(this.#file.fd, searched, 0, Math.max(0, Math.min(SEARCHED, this.#bytes - from)), from)
    return searched.subarray(0, length).indexOf(bytes)
  }

  async #join(reader: SecondReader, take: (rest: RestOfList) => boolean): Promise<number | undefined> {
    this.#last = -1
    const rest = await reader.rest
    if (rest === undefined || !take(rest)) {
      this.#hash = undefined
      return undefined
    }
    this.#taken = rest
    return rest.to
  }
}
