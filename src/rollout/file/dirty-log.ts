import { type DirtyKey, type LogEntry, type MarkedKey, Marks } from './dirty-log-marks.ts'
import { type Disk, disk as realDisk } from './disk.ts'
import { LogFile, type OpenedLog } from './log-file.ts'

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
  readonly #compactAt: number
  readonly #log: LogFile<LogEntry>
  readonly #marks = new Marks()
  #seq = 0

  private constructor({ log, entries, damaged }: OpenedLog<LogEntry>, compactAt: number) {
    this.#log = log
    this.#compactAt = compactAt
    this.damaged = damaged
    for (const entry of entries) {
      this.#marks.replay(entry)
      this.#seq = Math.max(this.#seq, entry.seq)
    }
  }

  /** Opens the log, or begins one; its folder is made. One process at a time: the owner of the store. */
  static async open(path: string, options: DirtyLogOptions = {}): Promise<DirtyLog> {
    const opened = await LogFile.open<LogEntry>(path, 'dirty log', options.disk ?? realDisk)
    return new DirtyLog(opened, options.compactAt ?? COMPACT_AT)
  }

  /** Count of keys that `pending` would list. */
  get size(): number {
    return this.#marks.size
  }

  /** True while the record of a key is newer here than in the mirror, or may be. */
  isDirty(collection: string, key: string): boolean {
    return this.#marks.has(collection, key)
  }

  /** As `isDirty`, of any key of a collection. */
  hasAny(collection: string): boolean {
    return this.#marks.hasAny(collection)
  }

  /**
   * Marks keys; durable when it returns. They are listed as pending only after `reveal` of the number that comes back, which
   * the caller does once the write that they announce is done or given up.
   */
  mark(keys: readonly MarkedKey[]): Promise<number> {
    return this.#log.inTurn(async () => {
      const marked = keys.map(({ collection, key }) => ({ seq: ++this.#seq, collection, key }))
      await this.#log.append(marked)
      await this.#log.sync()
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
    return this.#log.inTurn(async () => {
      const cleared = keys.filter((key) => this.#marks.clear(key))
      if (cleared.length > 0)
        await this.#log.append(cleared.map(({ seq, collection, key }) => ({ seq, collection, key, cleared: true })))
      if (this.#log.length > this.#compactAt && this.#log.count > this.#marks.live * 4) await this.#compact()
    })
  }

  /** Ends after what is under way. */
  close(): Promise<void> {
    return this.#log.close()
  }

  /** Leaves the marks that count; numbers go on from where they were. */
  #compact(): Promise<void> {
    return this.#log.replace([{ seq: this.#seq }, ...[...this.#marks.all()].sort((a, b) => a.seq - b.seq)])
  }
}
