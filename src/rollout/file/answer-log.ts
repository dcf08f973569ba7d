import type { FileIdentity } from '../../jsonstore/snapshot.ts'
import { type Answer, responseOf } from '../answer.ts'
import type { WriteAct } from '../side.ts'
import { AnswerBook, type AnswerEntry, type LoggedAnswer, type Outcome } from './answer-book.ts'
import { type Disk, disk as realDisk } from './disk.ts'
import { LogFile, type OpenedLog } from './log-file.ts'

export interface AnswerLogOptions {
  disk?: Disk
  /** How long an answer is kept, in milliseconds; a day. */
  keep?: number
  /** Bytes of answers, beyond which the oldest are forgotten before their time. */
  most?: number
  /** A log is rewritten when it is longer than this, and twice as long as when it was last rewritten; in bytes. */
  compactAt?: number
  /** Milliseconds since 1970. */
  clock?: () => number
}

const DAY = 24 * 60 * 60 * 1000
const MOST = 64 << 20
const COMPACT_AT = 1 << 20
/** Answers that a rewritten log holds in one entry. */
const BATCH = 1000

/**
 * What writes under an idempotency key answered while the file is the authority, so that a retry, after kill -9 and power
 * cuts too, gets the first answer and changes nothing. The file's own format has no place for it, and two files cannot be
 * changed at once; so the log announces a write, and the file itself says whether it came:
 *
 * 1. When the temporary file is synced and before it is renamed, `announce` puts the answers into the log, durably, with
 *    the state of the file that is there (before) and of the one to come (after).
 * 2. No later rename happens before the log says, durably, what became of the announced write: the next entry begins with
 *    it. Only if the next write has no key is that an entry of its own, one sync, owed by the write that had one.
 *
 * So at most one announced write is unsettled when the log is opened, and since its announcement the owners of the store
 * renamed nothing but that file. `decide` is given the state of the file that now stands there: it is `after`, and
 * the answers count; or it is still `before`, and the write did not happen; or it is neither, and somebody else replaced
 * the file. Then nobody can tell any more, and such a key is doubtful: its retry is refused with that reason, since an
 * answer could stand for a write that is not there, and a second try could be the second time. A state is inode, size and
 * mtime in nanoseconds, which a rename keeps; `before` and `after` exist at once and so differ. The device is left out:
 * its number may be another one after the next boot.
 */
export class AnswerLog {
  /** The file was damaged before its end: answers may be lost, and their retries would be done again. */
  readonly damaged: boolean
  readonly #log: LogFile<AnswerEntry>
  readonly #book: AnswerBook
  readonly #most: number
  readonly #compactAt: number
  readonly #clock: () => number
  #rewriteAt: number
  #seq = 0

  private constructor({ log, entries, damaged }: OpenedLog<AnswerEntry>, options: AnswerLogOptions) {
    this.#log = log
    this.#book = new AnswerBook(options.keep ?? DAY)
    this.#most = options.most ?? MOST
    this.#compactAt = options.compactAt ?? COMPACT_AT
    this.#rewriteAt = this.#compactAt
    this.#clock = options.clock ?? Date.now
    this.damaged = damaged
    for (const entry of entries) {
      this.#book.replay(entry)
      this.#seq = Math.max(this.#seq, entry.seq)
    }
    this.#book.sort()
  }

  /** Opens the log, or begins one; its folder is made. One process at a time: the owner of the store. */
  static async open(path: string, options: AnswerLogOptions = {}): Promise<AnswerLog> {
    return new AnswerLog(await LogFile.open<AnswerEntry>(path, 'answer log', options.disk ?? realDisk), options)
  }

  /** An error of the disk closed it: no write under a key is taken any more. */
  get failed(): boolean {
    return this.#log.failed
  }

  /** The answer under a key; undefined when there is none, or its time is over. */
  find(key: string): LoggedAnswer | undefined {
    return this.#book.find(key, this.#clock())
  }

  /** The answers that count, the oldest first. Doubtful keys have none. */
  *all(): Iterable<Answer> {
    for (const { doubtful, ...answer } of this.#book.all(this.#clock())) if (!doubtful) yield answer
  }

  /** Keys of which nobody can tell whether their write took effect. */
  *doubtful(): Iterable<string> {
    for (const { doubtful, key } of this.#book.all(this.#clock())) if (doubtful) yield key
  }

  /** What an act answers now, to be kept under its key; undefined when it has none. */
  answerTo({ idempotencyKey: key, requestHash = '' }: WriteAct, value: unknown): Answer | undefined {
    return key === undefined ? undefined : { key, requestHash, response: responseOf(value), at: this.#clock() }
  }

  /** Settles what the log left open, durably: `current` is the file from which the store begins. */
  decide(current: FileIdentity): Promise<void> {
    return this.#log.inTurn(async () => {
      if (this.#book.announced === undefined) return
      this.#book.settleBy(stateOf(current))
      await this.#write({})
    })
  }

  /**
   * Before the store's file is renamed: makes the answers durable, to count if that succeeds, and says what became of the
   * write announced before. Costs nothing when there is neither. `before` must be the file that is there.
   */
  async announce(answers: readonly Answer[], before: FileIdentity, after: FileIdentity): Promise<void> {
    if (answers.length === 0 && this.#book.announced === undefined) return
    await this.#log.inTurn(async () => {
      const replacement = { before: stateOf(before), after: stateOf(after) }
      this.#book.settleBy(replacement.before)
      await this.#write(answers.length === 0 ? {} : { replacement, answers: [...answers] })
    })
  }

  /** What became of the write just announced. When it is not known, nothing is said: the file tells. */
  settle(outcome: Exclude<Outcome, 'doubtful'>): void {
    this.#book.settle(outcome)
  }

  /** Keeps answers that need no change of the file, durably when it returns. */
  async keep(answers: readonly Answer[]): Promise<void> {
    if (answers.length > 0) await this.#log.inTurn(() => this.#write({ answers: [...answers] }))
  }

  /** Takes over answers of the other side, durably when it returns. A key that has its answer here keeps it; a doubtful one gets it. */
  async adopt(entries: Iterable<Answer>): Promise<void> {
    await this.#log.inTurn(async () => {
      const news = [...entries].filter(({ key }) => this.find(key)?.doubtful ?? this.find(key) === undefined)
      for (let at = 0; at < news.length; at += BATCH) await this.#write({ answers: news.slice(at, at + BATCH) })
      this.#book.sort()
    })
  }

  /** Ends after what is under way, with everything settled that is known. */
  async close(): Promise<void> {
    if (this.#book.announced?.outcome !== undefined && !this.failed) await this.#log.inTurn(() => this.#write({}))
    await this.#log.close()
  }

  /** Writes one entry, which is whole on disk or not there; what it says counts from then on. */
  async #write(more: Pick<AnswerEntry, 'replacement' | 'answers'>): Promise<void> {
    this.#book.forget(this.#clock(), this.#most)
    if (this.#log.length > this.#rewriteAt) await this.#compact()
    const { announced } = this.#book
    const settled = announced?.outcome && { outcome: announced.outcome, of: announced.entry.seq }
    const entry: AnswerEntry = { seq: ++this.#seq, ...(settled && { settled }), ...more }
    await this.#log.append([entry])
    await this.#log.sync()
    this.#book.replay(entry)
  }

  /** Leaves the answers that count, and the announcement that is not settled yet. */
  async #compact(): Promise<void> {
    const answers = [...this.#book.all(this.#clock())]
    const entries: AnswerEntry[] = []
    for (let at = 0; at < answers.length; at += BATCH)
      entries.push({ seq: ++this.#seq, answers: answers.slice(at, at + BATCH) })
    const { announced } = this.#book
    if (announced !== undefined) entries.push(announced.entry)
    await this.#log.replace(entries)
    this.#rewriteAt = Math.max(this.#compactAt, this.#log.length * 2)
  }
}

function stateOf({ inode, size, mtimeNs }: FileIdentity): string {
  return `${inode} ${size} ${mtimeNs}`
}
