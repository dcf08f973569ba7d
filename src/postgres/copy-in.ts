import type pg from 'pg'
import { OutgrowError } from '../errors.ts'
import type { Connection } from './connect.ts'

/** Bytes that may wait in the socket before the writer has to. */
const HIGH_WATER = 1 << 20

type Socket = pg.Connection['stream']

const COPY_DATA = 'd'.charCodeAt(0)
const COPY_DONE = Buffer.from([...Buffer.from('c'), 0, 0, 0, 4])

/** The writing side of one `copy … from stdin`. */
export interface CopyIn {
  /**
   * Sends bytes in the format of the COPY; cut them anywhere, in batches of 64 KB and more. They belong to the socket
   * from here on. Wait for the promise when there is one: the socket is full. Throws the server's error once it is known.
   */
  write(bytes: Uint8Array): void | Promise<void>
  /** Ends the data; the number of rows that the server took. Throws the server's error, with its SQLSTATE. */
  end(): Promise<number>
  /** Gives the COPY up; the server rolls the statement back and the connection can be used again. Never throws. */
  abort(reason: string): Promise<void>
}

/** Starts `copy … from stdin`. Until `end` or `abort` has returned, the connection does nothing else. */
export function copyIn(connection: Connection, sql: string): CopyIn {
  return connection.submit(new CopyInQuery(sql))
}

/** The query as pg wants it: pg calls `submit` and the `handle…` methods. */
class CopyInQuery implements pg.Submittable, CopyIn {
  /** pg replaces it to learn of the end when a client-wide query timeout is set. */
  callback: (error?: Error) => void = () => {}
  readonly #sql: string
  #socket: Socket | undefined
  #ready = false
  #finished = false
  #error: Error | undefined
  #rows = 0
  #wake: (() => void)[] = []

  constructor(sql: string) {
    this.#sql = sql
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (!this.#ready || this.#finished) return this.#open().then((socket) => this.#send(socket, bytes))
    return this.#send(this.#socket!, bytes)
  }

  async end(): Promise<number> {
    const socket = await this.#open()
    socket.write(COPY_DONE)
    await this.#until(() => this.#finished)
    if (this.#error !== undefined) throw this.#error
    return this.#rows
  }

  async abort(reason: string): Promise<void> {
    await this.#until(() => this.#ready || this.#finished)
    if (this.#finished) return
    this.#socket?.write(copyFail(reason))
    await this.#until(() => this.#finished)
  }

  submit(connection: pg.Connection): void {
    this.#socket = connection.stream
    connection.query(this.#sql)
  }

  handleCopyInResponse(): void {
    this.#ready = true
    this.#awake()
  }

  handleCommandComplete(message: { text: string }): void {
    this.#rows = Number(/^COPY (\d+)/.exec(message.text)?.[1] ?? 0)
  }

  handleError(error: Error): void {
    this.#error ??= error
    this.#finish()
  }

  handleReadyForQuery(): void {
    this.#finish()
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}

  /** The socket, once the server asks for data. */
  async #open(): Promise<Socket> {
    await this.#until(() => this.#ready || this.#finished)
    if (this.#error !== undefined) throw this.#error
    if (this.#finished || this.#socket === undefined) {
      throw new OutgrowError('failure', `the COPY is over or took no data: ${this.#sql}`)
    }
    return this.#socket
  }

  #send(socket: Socket, bytes: Uint8Array): void | Promise<void> {
    // A dead socket takes bytes without end; a writer that never waits would keep pg from telling why it died.
    if (!socket.writable) return this.#whyOver()
    const header = Buffer.allocUnsafe(5)
    header[0] = COPY_DATA
    header.writeUInt32BE(bytes.length + 4, 1)
    socket.cork()
    socket.write(header)
    socket.write(bytes)
    socket.uncork()
    if (socket.writableLength > HIGH_WATER) return this.#drained(socket)
  }

  async #whyOver(): Promise<void> {
    await this.#until(() => this.#finished)
    throw this.#error ?? new OutgrowError('failure', `the COPY is over: ${this.#sql}`)
  }

  async #drained(socket: Socket): Promise<void> {
    const wake = (): void => this.#awake()
    socket.once('drain', wake)
    await this.#until(() => this.#finished || socket.writableLength === 0)
    socket.off('drain', wake)
    if (this.#error !== undefined) throw this.#error
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  #finish(): void {
    this.#finished = true
    this.callback(this.#error)
    this.#awake()
  }

  #awake(): void {
    for (const resolve of this.#wake.splice(0)) resolve()
  }
}

function copyFail(reason: string): Buffer {
  const text = Buffer.from(`${reason.replaceAll('\0', ' ')}\0`)
  const header = Buffer.from([...Buffer.from('f'), 0, 0, 0, 0])
  header.writeUInt32BE(text.length + 4, 1)
  return Buffer.concat([header, text])
}
