import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OutgrowError } from '../../errors.ts'
import { errnoOf, fileError } from '../../jsonstore/file-error.ts'
import { frameOf, type LogEntry, readFrames } from './dirty-log-frame.ts'
import { type DirtyKey, type MarkedKey, Marks } from './dirty-log-marks.ts'
import { type Disk, type DiskFile, disk as realDisk, writeAt } from './disk.ts'

export type { DirtyKey, MarkedKey } from './dirty-log-marks.ts'

export interface DirtyLogOptions {
  disk?: Disk
  /** A log is rewritten when it is longer than this and less than a quarter of its entries count; in bytes. */
  compactAt?: number
}

const COMPACT_AT = 1 << 18

/**
 * The keys that the mirror has yet to be told of while the file is the authority, in an append-only file: what `mark` has
 * returned for survives kill -9 and power cuts. Marks may outlive their push, which does no harm; none is ever lost. After
 * an error of the disk nothing more is taken: whoever opens the log again reads what is truly there.
 */
export class DirtyLog {
  /** Marks may be lost, since the file was damaged before its end: mark every key, as for a backfill. */
  readonly damaged: boolean
  readonly #path: string
  readonly #disk: Disk
  readonly #compactAt: number
  #file: DiskFile
  #marks: Marks
  #seq: number
  #length: number
  #entries: number
  #queue: Promise<void> = Promise.resolve()
  #failure: unknown

  private constructor(path: string, file: DiskFile, found: Found, options: DirtyLogOptions) {
    this.#path = path
    this.#disk = options.disk ?? realDisk
    this.#compactAt = options.compactAt ?? COMPACT_AT
    this.#file = file
    this.#marks = found.marks
    this.#seq = found.seq
    this.#length = found.length
    this.#entries = found.entries
    this.damaged = found.damaged
  }

  /** Opens the log, or begins one; its folder is made. One process at a time: the owner of the store. */
  static async open(path: string, options: DirtyLogOptions = {}): Promise<DirtyLog> {
    const disk = options.disk ?? realDisk
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await disk.open(path, 'a+', 0o600)
      await file.close()
      await syncPath(disk, dirname(path))
      await syncPath(disk, dirname(dirname(path)))
      const opened = await disk.open(path, 'r+')
      return new DirtyLog(path, opened, await readLog(opened), options)
    } catch (error) {
      throw fileError(error, 'open the dirty log', path)
    }
  }

  /** Count of keys that `pending` would list. */
  get size(): number {
    return this.#marks.size
  }

  /** True while the record of a key is newer here than in the mirror, or may be. */
  isDirty(collection: string, key: string): boolean {
    return this.#marks.has(collection, key)
  }

  /**
   * Marks keys; durable when it returns. They are listed as pending only after `reveal` of the number that comes back, which
   * the caller does once the write that they announce is done or given up.
   */
  mark(keys: readonly MarkedKey[]): Promise<number> {
    return this.#then(async () => {
      const marked = keys.map(({ collection, key }) => ({ seq: ++this.#seq, collection, key }))
      await this.#append(marked)
      await this.#file.datasync()
      this.#marks.hide(marked, this.#seq)
      return this.#seq
    })
  }

  reveal(seq: number): void {
    this.#marks.show(seq)
  }

  /** The dirty keys whose latest marks are oldest, each with the number up to which it may be cleared. */
  pending(limit: number): DirtyKey[] {
    return this.#marks.first(limit)
  }

  /**
   * Clears keys that were pushed, as `pending` listed them: a key that was marked again since stays dirty. Not synced, since
   * a clearing that is lost means one more push.
   */
  clearUpTo(keys: readonly DirtyKey[]): Promise<void> {
    return this.#then(async () => {
      const cleared = keys.filter((key) => this.#marks.clear(key))
      if (cleared.length > 0)
        await this.#append(cleared.map(({ seq, collection, key }) => ({ seq, collection, key, cleared: true })))
      if (this.#length > this.#compactAt && this.#entries > this.#marks.live * 4) await this.#compact()
    })
  }

  /** Ends after what is under way. */
  async close(): Promise<void> {
    await this.#queue
    await this.#file.close()
  }

  async #append(entries: LogEntry[]): Promise<void> {
    const bytes = Buffer.concat(entries.map(frameOf))
    await writeAt(this.#file, bytes, this.#length)
    this.#length += bytes.length
    this.#entries += entries.length
  }

  /** Writes the marks that count to a new file and puts it in the place of the old one; numbers go on from where they were. */
  async #compact(): Promise<void> {
    const entries: LogEntry[] = [{ seq: this.#seq }, ...[...this.#marks.all()].sort((a, b) => a.seq - b.seq)]
    const bytes = Buffer.concat(entries.map(frameOf))
    const temporary = `${this.#path}.tmp`
    await this.#disk.remove(temporary)
    const file = await this.#disk.open(temporary, 'wx+', 0o600)
    await writeAt(file, bytes, 0)
    await file.sync()
    await this.#disk.rename(temporary, this.#path)
    await syncPath(this.#disk, dirname(this.#path))
    await this.#file.close()
    this.#file = file
    this.#length = bytes.length
    this.#entries = entries.length
  }

  /** One at a time, in the order of the calls; after a failure none. */
  #then<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(async () => {
      if (this.#failure !== undefined) throw this.#closed()
      try {
        return await work()
      } catch (error) {
        this.#failure = error
        throw fileError(error, 'write the dirty log', this.#path)
      }
    })
    this.#queue = done.then(
      () => {},
      () => {},
    )
    return done
  }

  #closed(): OutgrowError {
    const message = `The dirty log ${this.#path} takes nothing more, since an earlier write of it failed.`
    const next = 'Check the disk, then start the service again.'
    return new OutgrowError('failure', message, { place: this.#path, next, cause: this.#failure })
  }
}

interface Found {
  marks: Marks
  seq: number
  length: number
  entries: number
  damaged: boolean
}

/** Reads the log and cuts off a torn end, so that the next append stands right behind the last whole entry. */
async function readLog(file: DiskFile): Promise<Found> {
  const size = Number((await file.identity()).size)
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, size - at, at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  const { entries, end, damaged } = readFrames(bytes)
  const marks = new Marks()
  let seq = 0
  for (const entry of entries) {
    marks.replay(entry)
    seq = Math.max(seq, entry.seq)
  }
  // Of a damaged log all is kept as it is: what stands behind the damage may be all that is left of some marks.
  const length = damaged ? size : end
  if (length < size) {
    await file.truncate(length)
    await file.sync()
  }
  return { marks, seq, length, entries: entries.length, damaged }
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
