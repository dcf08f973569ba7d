import { Worker } from 'node:worker_threads'
import { OutgrowError } from '../errors.ts'
import type { ObjectData, ValueData } from './profile-data.ts'

/** What a second reader is to read: a list, from the element at `from` on. */
export interface Reading {
  fd: number
  from: number
  /** Size of the file. */
  bytes: number
}

/** The elements of a list from one of them to its end, profiled by another thread. */
export interface RestOfList {
  /** Offset after the list. */
  to: number
  items: number
  records: ObjectData
  scalars: ValueData
  /** Fields profiled, and member names met: limits on them forbid to merge. */
  fields: number
  names: number
  /** Of the file from the byte before `from` to its end, as this reader saw it. */
  sha256: string
}

/**
 * Reads the rest of a list in a thread of its own, from a place that is only believed to be the beginning of an element:
 * its answer is worth something once the first reader has come by an element just there. Close it before the file.
 */
export class SecondReader {
  readonly from: number
  /** Undefined when it came upon damage, real or because `from` is no element's: the first reader will tell. */
  readonly rest: Promise<RestOfList | undefined>
  #worker: Worker

  constructor(reading: Reading) {
    this.from = reading.from
    this.#worker = startWorker()
    this.rest = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve)
      this.#worker.once('error', reject)
      this.#worker.once('exit', () =>
        reject(new OutgrowError('failure', 'The second reader of the store ended early.')),
      )
    })
    // Nobody may ever wait for it.
    this.rest.catch(() => {})
    this.#worker.postMessage(reading)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** A checkout that was not built runs from source, through tsx, and so must its threads. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./second-thread.js', import.meta.url))
  const [tsx, thread] = [import.meta.resolve('tsx/esm/api'), new URL('./second-thread.ts', import.meta.url).href]
  const code = `import { tsImport } from ${JSON.stringify(tsx)}; await tsImport(${JSON.stringify(thread)}, import.meta.url)`
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`))
}
