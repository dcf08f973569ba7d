import type { Adapter } from 'lowdb'
import { JSONFile } from 'lowdb/node'
import { writeTextDurably } from '../../src/jsonstore/durable.ts'

/**
 * What somebody would write who wants LowDB to survive a power cut and nothing more: each write returns when the file is
 * durable; those that come while one is under way share the next, as LowDB's own do.
 */
export class DurableFile<T> implements Adapter<T> {
  readonly #path: string
  #writing: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  read(): Promise<T | null> {
    return new JSONFile<T>(this.#path).read()
  }

  write(data: T): Promise<void> {
    if (this.#writing === undefined) return this.#begin(data)
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined
      return this.#begin(data)
    })
    return this.#next
  }

  #begin(data: T): Promise<void> {
    this.#writing = writeTextDurably(this.#path, JSON.stringify(data, null, 2)).finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }
}
