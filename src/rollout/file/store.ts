import type { OutgrowError } from '../../errors.ts'
import { fileError } from '../../jsonstore/file-error.ts'
import type { FileIdentity } from '../../jsonstore/snapshot.ts'
import type { Answer } from '../answer.ts'
import type { Json, JsonRecord, Key, WriteAct } from '../side.ts'
import type { LoggedAnswer } from './answer-book.ts'
import type { AnswerLog } from './answer-log.ts'
import { type Conflict, compareThreeWays } from './conflict.ts'
import type { MarkedKey } from './dirty-log.ts'
import { type Disk, disk as realDisk } from './disk.ts'
import type { FileDocument } from './document.ts'
import { type Group, groupOn } from './group.ts'
import { type OpenedFile, openFile } from './open.ts'
import type { FilePlan } from './read.ts'
import { Layer, type Slot } from './records.ts'
import { CHANGED, ReplaceError, type Target } from './replace.ts'
import { keepAnswers, replaceAnnounced } from './replace-announced.ts'
import { changedByOthers, closed, fatal, lostGround } from './store-error.ts'
import { wholeRecord } from './whole.ts'

export interface FileStoreOptions {
  /** The file behind all symbolic links, as its owner names it. */
  path: string
  plan: FilePlan
  /** Makes a file that is not there. Without them it is refused. */
  defaults?: JsonRecord
  /** Where keys are marked dirty, durably, before the file is written. */
  marks?: Marking
  /**
   * Where answers to idempotency keys are kept; without it a key is not looked at. The same log each time that the store is
   * opened: the file tells it what became of its last write. The caller closes it, after the store.
   */
  answers?: AnswerLog
  disk?: Disk
}

/** Marks keys dirty, as a DirtyLog does; asked anew for each write, so that it may stand between a store and its log. */
export interface Marking {
  /** The number to be revealed once the write is done or given up; undefined when this write is not marked at all. */
  mark(keys: readonly MarkedKey[]): Promise<number | undefined>
  reveal(seq: number): void
}

/** What a commit brings along. */
export interface Commit {
  /** Its keys are to be marked dirty first. */
  mark: boolean
  /** What it answers under its idempotency key, durable together with it. */
  answer: Answer | undefined
}

/**
 * A JSON document on disk, kept in memory. A commit is durable when its promise resolves, and only then do readers see it;
 * those that come during a write share the next one. A commit that fails leaves nothing, neither in memory nor to be
 * written by a later one. An error of a sync closes the store: what the disk holds is known to nobody any more. When
 * somebody else wrote the file, the store turns read-only and `conflict` says what they changed.
 */
export class FileStore {
  /** What is on disk. */
  readonly document: FileDocument
  readonly #options: FileStoreOptions
  readonly #disk: Disk
  readonly #target: Target
  #identity: FileIdentity
  #gathering: Group
  #writing: Group | undefined
  #generation = 0
  #refusal: OutgrowError | undefined
  #conflict: Conflict | undefined

  private constructor(options: FileStoreOptions, opened: OpenedFile) {
    this.#options = options
    this.#disk = options.disk ?? realDisk
    this.document = opened.document
    this.#identity = opened.identity
    this.#target = opened.target
    this.#gathering = groupOn(this.document)
  }

  static async open(options: FileStoreOptions): Promise<FileStore> {
    const { path, plan, defaults, disk, answers } = options
    const opened = await openFile(path, plan, disk ?? realDisk, defaults)
    try {
      await answers?.decide(opened.identity)
    } catch (error) {
      await opened.target.folder.close()
      throw error
    }
    return new FileStore(options, opened)
  }

  /** What somebody else did to the file; the store has been read-only since. */
  get conflict(): Conflict | undefined {
    return this.#conflict
  }

  /** Size of the file as we wrote or read it last. */
  get bytes(): number {
    return Number(this.#identity.size)
  }

  /** A draft on top of all commits, also of those not yet on disk. One at a time: the caller sees to it. */
  draft(): Layer {
    if (this.#refusal !== undefined) throw this.#refusal
    return new Layer(this.#gathering.layer)
  }

  /** The number that tells a draft whether what it was made on has failed since. */
  get generation(): number {
    return this.#generation
  }

  /** A record as it is on disk, for whoever only looks: it is not to be changed. Keyless ones as `wholeRecord` gives them. */
  read(collection: string, key: Key): JsonRecord | undefined {
    const slot = this.document.get(collection, key)
    const definition = this.#options.plan.collections.find((one) => one.name === collection)
    return slot === undefined || definition === undefined ? undefined : wholeRecord(definition, slot.value)
  }

  /** The slot of a value for this document. */
  slot(collection: string, value: Json): Slot {
    return this.document.slot(collection, value)
  }

  /** What was answered under an idempotency key, and what to wait for until that is on disk. */
  answered(key: string): { answer: LoggedAnswer; durable: Promise<void> } | undefined {
    for (const group of [this.#gathering, this.#writing]) {
      const answer = group?.answers.get(key)
      if (group !== undefined && answer !== undefined) return { answer, durable: group.done }
    }
    const answer = this.#options.answers?.find(key)
    return answer && { answer, durable: Promise.resolve() }
  }

  /** What the act answers, to be committed with its draft; undefined without a key, or a log to keep it. */
  answerTo(act: WriteAct, value: unknown): Answer | undefined {
    return this.#options.answers?.answerTo(act, value)
  }

  /**
   * Brings a draft to the disk, marking its keys dirty first if told so. `generation` is the store's when the draft was
   * made. A draft without changes and answer waits for the commits that it may have read.
   */
  commit(draft: Layer, generation: number, { mark, answer }: Commit): Promise<void> {
    if (generation !== this.#generation) return Promise.reject(this.#refusal ?? lostGround(this.#target.path))
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal)
    if (draft.isEmpty && answer === undefined) return this.#settled()
    const group = this.#gathering
    group.wanted = true
    draft.applyTo(group.layer)
    if (answer !== undefined) group.answers.set(answer.key, answer)
    if (mark) group.marks.push(...draft.changes())
    if (this.#writing === undefined) void this.#write()
    return group.done
  }

  /** Waits for what was committed, then lets go of the file. Later commits are refused. */
  async close(): Promise<void> {
    await this.#settled().catch(() => {
      // Whoever committed it was told.
    })
    this.#refusal ??= closed(this.#target.path)
    await this.#target.folder.close()
  }

  /** All commits so far are on disk; rejects with the failure of the first that is not. */
  #settled(): Promise<void> {
    if (this.#gathering.wanted) return this.#gathering.done
    return this.#writing?.done ?? Promise.resolve()
  }

  /** Writes group after group until none is gathering. */
  async #write(): Promise<void> {
    while (this.#gathering.wanted) {
      const group = this.#gathering
      this.#writing = group
      this.#gathering = groupOn(group.layer)
      await this.#bring(group)
    }
    this.#writing = undefined
  }

  async #bring(group: Group): Promise<void> {
    const { marks } = this.#options
    let seq: number | undefined
    try {
      if (group.marks.length > 0) seq = await marks?.mark(group.marks)
      await this.#replace(group)
      group.layer.applyTo(this.document)
      this.#gathering.layer.below = this.document
      group.resolve()
    } catch (error) {
      this.#fail(group, error)
    } finally {
      // Only now, when readers see the new records; of a write that failed as well, since one push too many does no harm.
      if (seq !== undefined) marks?.reveal(seq)
    }
  }

  async #replace(group: Group): Promise<void> {
    const { layer } = group
    const log = this.#options.answers
    const answers = [...group.answers.values()]
    // What changes nothing, and what one undid for the other, needs no new file.
    if (layer.isEmpty) return keepAnswers(log, answers)
    const bytes = this.document.bytesWith(layer)
    const identity = await replaceAnnounced(this.#disk, this.#target, bytes, this.#identity, log, answers)
    if (identity === CHANGED) throw await this.#becomeReadOnly(layer)
    this.#identity = identity
  }

  /** What gathers stands on what failed, and fails with it. */
  #fail(group: Group, error: unknown): void {
    const reason = this.#reasonOf(error)
    const after = this.#gathering
    this.#generation++
    this.#gathering = groupOn(this.document)
    group.reject(reason)
    after.reject(reason)
  }

  #reasonOf(error: unknown): unknown {
    const { path } = this.#target
    if (error === this.#refusal) return error
    const failed = error instanceof ReplaceError ? error : undefined
    const reason = fileError(failed?.cause ?? error, 'write', path)
    const sound = failed !== undefined && ['write', 'compare', 'rename'].includes(failed.step)
    const full = failed?.step === 'announce' && this.#options.answers?.failed === false
    if (sound || full) return reason
    this.#refusal = fatal(path, failed?.step, reason)
    return this.#refusal
  }

  async #becomeReadOnly(layer: Layer): Promise<OutgrowError> {
    const { path, plan } = this.#options
    const all = this.#gathering.layer
    const touched = [...layer.collections(), ...all.collections()]
    this.#conflict = await compareThreeWays(path, plan, this.document, all, touched)
    this.#refusal = changedByOthers(this.#conflict)
    return this.#refusal
  }
}
