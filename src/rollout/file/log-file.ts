import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OutgrowError } from '../../errors.ts'
import { errnoOf, fileError } from '../../jsonstore/file-error.ts'
import { type Disk, type DiskFile, writeAt } from './disk.ts'
import { frameOf, type Numbered, readFrames } from './log-frame.ts'

export interface OpenedLog<E extends Numbered> {
  log: LogFile<E>
  entries: E[]
  /** The file was damaged before its end: entries may be lost. */
  damaged: boolean
}

/** The disk took nothing of it, and what it took was cut off again: the log is as it was before. */
class Untaken extends Error {}

/**
 * An append-only file of framed entries, beside a store. What was appended is durable after `sync`. An append for which the
 * disk has no room leaves the log as it was; after any other error of the disk nothing more is taken: whoever opens the
 * log again reads what is truly there. One process at a time: the owner of the store.
 */
export class LogFile<E extends Numbered> {
  readonly #path: string
  readonly #what: string
  readonly #disk: Disk
  #file: DiskFile
  #length: number
  #count: number
  #queue: Promise<void> = Promise.resolve()
  #failure: unknown

  private constructor(path: string, what: string, disk: Disk, file: DiskFile, length: number, count: number) {
    this.#path = path
    this.#what = what
    this.#disk = disk
    this.#file = file
    this.#length = length
    this.#count = count
  }

  /** Opens the log, or begins one; its folder is made. `what` names it in errors. */
  static async open<E extends Numbered>(path: string, what: string, disk: Disk): Promise<OpenedLog<E>> {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await disk.open(path, 'a+', 0o600)
      await file.close()
      await syncPath(disk, dirname(path))
      await syncPath(disk, dirname(dirname(path)))
      const opened = await disk.open(path, 'r+')
      const { entries, length, damaged } = await readLog<E>(opened)
      return { log: new LogFile<E>(path, what, disk, opened, length, entries.length), entries, damaged }
    } catch (error) {
      throw fileError(error, `open the ${what}`, path)
    }
  }

  /** Bytes. */
  get length(): number {
    return this.#length
  }

  /** Entries. */
  get count(): number {
    return this.#count
  }

  /** An error of the disk closed it. */
  get failed(): boolean {
    return this.#failure !== undefined
  }

  /** Does work on the log when all that was asked for before is done; after a failure of the disk it is refused. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(async () => {
      if (this.failed) throw this.#closed()
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof Untaken)) this.#failure = error
        throw fileError(error instanceof Untaken ? error.cause : error, `write the ${this.#what}`, this.#path)
      }
    })
    this.#queue = done.then(
      () => {},
      () => {},
    )
    return done
  }

  /** Only within `inTurn`, as all that writes. */
  async append(entries: readonly E[]): Promise<void> {
    const bytes = Buffer.concat(entries.map(frameOf))
    try {
      await writeAt(this.#file, bytes, this.#length)
    } catch (error) {
      if (!isFull(error)) throw error
      await this.#file.truncate(this.#length)
      throw new Untaken('no room', { cause: error })
    }
    this.#length += bytes.length
    this.#count += entries.length
  }

  sync(): Promise<void> {
    return this.#file.datasync()
  }

  /** Puts a log of just these entries in the place of this one, durably. */
  async replace(entries: readonly E[]): Promise<void> {
    const bytes = Buffer.concat(entries.map(frameOf))
    const temporary = `${this.#path}.tmp`
    await this.#disk.remove(temporary)
    const file = await this.#disk.open(temporary, 'wx+', 0o600)
    try {
      await writeAt(file, bytes, 0)
    } catch (error) {
      await file.close()
      await this.#disk.remove(temporary)
      throw isFull(error) ? new Untaken('no room', { cause: error }) : error
    }
    await file.sync()
    await this.#disk.rename(temporary, this.#path)
    await syncPath(this.#disk, dirname(this.#path))
    await this.#file.close()
    this.#file = file
    this.#length = bytes.length
    this.#count = entries.length
  }

  /** Ends after what is under way. */
  async close(): Promise<void> {
    await this.#queue
    await this.#file.close()
  }

  #closed(): OutgrowError {
    const message = `The ${this.#what} ${this.#path} takes nothing more, since an earlier write of it failed.`
    const next = 'Check the disk, then start the service again.'
    return new OutgrowError('failure', message, { place: this.#path, next, cause: this.#failure })
  }
}

function isFull(error: unknown): boolean {
  return errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT'
}

/** Reads the log and cuts off a torn end, so that the next append stands right behind the last whole entry. */
async function readLog<E extends Numbered>(
  file: DiskFile,
): Promise<{ entries: E[]; length: number; damaged: boolean }> {
  const size = Number((await file.identity()).size)
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, size - at, at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  const { entries, end, damaged } = readFrames<E>(bytes)
  // Of a damaged log all is kept as it is: what stands behind the damage may be all that is left of some entries.
  const length = damaged ? size : end
  if (length < size) {
    await file.truncate(length)
    await file.sync()
  }
  return { entries, length, damaged }
}

async function syncPath(disk: Disk, folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const opened = await disk.open(folder, 'r')
  try {
    await opened.sync()
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error
  } finally {
    await opened.close()
  }
}
