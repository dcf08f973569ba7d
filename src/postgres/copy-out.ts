import type pg from 'pg'
import type { Connection } from './connect.ts'
import { openFrames } from './copy-frames.ts'

/** Chunks that wait for the reader before the socket is paused; each is at most one read of the socket, 64 KB. */
const HIGH_WATER = 4

/**
 * Runs `copy … to stdout` and yields its bytes, in order, in chunks of about one socket read each; row boundaries fall
 * anywhere. An error of the server surfaces as itself, with its SQLSTATE, after the bytes that came before it. Leaving
 * the loop early destroys the connection, since the server would otherwise send all the rest. A chunk belongs to the
 * reader.
 */
export async function* copyOut(connection: Connection, sql: string): AsyncGenerator<Buffer, void, void> {
  const copy = connection.submit(new CopyOutQuery(sql))
  try {
    for (;;) {
      const chunk = await copy.next()
      if (chunk === undefined) return
      yield chunk
    }
  } finally {
    if (copy.finished) copy.letFlow()
    else connection.destroy()
  }
}

/**
 * The query as pg wants it. While the rows flow it takes the place of pg's own reader of the socket, which would make
 * an object and an event of every row; with the first message that is not part of the rows, pg reads on.
 */
class CopyOutQuery implements pg.Submittable {
  finished = false
  /** pg replaces it to learn of the end when a client-wide query timeout is set. */
  callback: (error?: Error) => void = () => {}
  readonly #sql: string
  readonly #chunks: Buffer[] = []
  #error: Error | undefined
  #wake: (() => void) | undefined
  #socket: pg.Connection['stream'] | undefined

  constructor(sql: string) {
    this.#sql = sql
  }

  submit(connection: pg.Connection): void {
    const socket = connection.stream
    this.#socket = socket
    const readers = socket.listeners('data') as ((bytes: Buffer) => void)[]
    const frames = openFrames()
    const read = (bytes: Buffer): void => {
      const { payload, rest } = frames(bytes)
      if (payload !== undefined) this.#take(payload)
      if (rest === undefined) return
      socket.off('data', read)
      for (const reader of readers) socket.on('data', reader)
      for (const reader of readers) reader(rest)
    }
    for (const reader of readers) socket.off('data', reader)
    socket.on('data', read)
    connection.query(this.#sql)
  }

  /** The next chunk; undefined after the last one. */
  async next(): Promise<Buffer | undefined> {
    while (this.#chunks.length === 0 && !this.finished) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      if (this.#chunks.length < HIGH_WATER) this.#socket?.resume()
      return chunk
    }
    if (this.#error !== undefined) throw this.#error
    return undefined
  }

  /** A reader that leaves when all has come, but before it took all, leaves the socket paused: the next answer must get in. */
  letFlow(): void {
    this.#socket?.resume()
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    if (this.#chunks.length >= HIGH_WATER) this.#socket?.pause()
    this.#wake?.()
  }

  #finish(error?: Error): void {
    this.finished = true
    this.#error ??= error
    this.callback(error)
    this.#wake?.()
  }

  handleError(error: Error): void {
    this.#finish(error)
  }

  handleReadyForQuery(): void {
    this.#finish()
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handleCopyData(): void {}
}
