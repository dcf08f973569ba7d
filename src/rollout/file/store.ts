import { OutgrowError } from '../../errors.ts'
import { fileError } from '../../jsonstore/file-error.ts'
import type { FileIdentity } from '../../jsonstore/snapshot.ts'
import type { Json, JsonRecord } from '../side.ts'
import { type Conflict, compareThreeWays } from './conflict.ts'
import type { MarkedKey } from './dirty-log.ts'
import { type Disk, disk as realDisk } from './disk.ts'
import type { FileDocument } from './document.ts'
import { type OpenedFile, openFile } from './open.ts'
import type { FilePlan } from './read.ts'
import { Layer, type Records, type Slot } from './records.ts'
import { CHANGED, ReplaceError, replaceFile, type Target } from './replace.ts'

export interface FileStoreOptions {
  /** The file behind all symbolic links, as its owner names it. */
  path: string
  plan: FilePlan
  /** Makes a file that is not there. Without them it is refused. */
  defaults?: JsonRecord
  /** Where keys are marked dirty, durably, before the file is written. */
  marks?: { mark(keys: readonly MarkedKey[]): Promise<number>; reveal(seq: number): void }
  disk?: Disk
}

/** The transactions that the next write brings to the disk together. */
interface Group {
  layer: Layer
  marks: MarkedKey[]
  done: Promise<void>
  resolve(): void
  reject(error: unknown): void
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
    const { path, plan, defaults, disk } = options
    return new FileStore(options, await openFile(path, plan, disk ?? realDisk, defaults))
  }

  /** What somebody else did to the file; the store has been read-only since. */
  get conflict(): Conflict | undefined {
    return this.#conflict
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

  /** The slot of a value for this document. */
  slot(collection: string, value: Json): Slot {
    return this.document.slot(collection, value)
  }

  /**
   * Brings a draft to the disk, marking its keys dirty first if told so. `generation` is the store's when the draft was
   * made. A draft without changes waits for the commits that it may have read.
   */
  commit(draft: Layer, generation: number, mark: boolean): Promise<void> {
    if (generation !== this.#generation) return Promise.reject(this.#refusal ?? lostGround(this.#target.path))
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal)
    if (draft.isEmpty) return this.#settled()
    const group = this.#gathering
    draft.applyTo(group.layer)
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
    if (!this.#gathering.layer.isEmpty) return this.#gathering.done
    return this.#writing?.done ?? Promise.resolve()
  }

  /** Writes group after group until none is gathering. */
  async #write(): Promise<void> {
    while (!this.#gathering.layer.isEmpty) {
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

  async #replace({ layer }: Group): Promise<void> {
    const bytes = this.document.bytesWith(layer)
    const identity = await replaceFile(this.#disk, this.#target, bytes, this.#identity)
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
    if (sound) return reason
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

function groupOn(below: Records): Group {
  let resolve = (): void => {}
  let reject = (_: unknown): void => {}
  const done = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  // A group in which nobody waits, as the one that gathers while another fails, is no unhandled failure.
  done.catch(() => {})
  return { layer: new Layer(below), marks: [], done, resolve, reject }
}

function changedByOthers({ path, unreadable, records }: Conflict): OutgrowError {
  const theirs = records.filter(({ changedBy }) => changedBy !== 'us').length
  const both = records.filter(({ changedBy }) => changedBy === 'both').length
  const what = unreadable ?? `They changed ${theirs} records, ${both} of which this process was about to change.`
  return new OutgrowError('source-changed', `Somebody else wrote the store ${path}; it is read-only now. ${what}`, {
    place: path,
    next: 'Find the other writer and stop it, settle the difference, then start the service again.',
  })
}

function fatal(path: string, step: string | undefined, cause: unknown): OutgrowError {
  const outcome = step === 'sync folder' ? 'Its last write may or may not last.' : 'Its last write did not happen.'
  return new OutgrowError('failure', `The store ${path} is closed, since the disk failed. ${outcome}`, {
    place: path,
    next: 'Check the disk, then start the service again.',
    cause,
  })
}

function closed(path: string): OutgrowError {
  return new OutgrowError('failure', `The store ${path} is closed.`, { place: path, next: 'Open it again.' })
}

function lostGround(path: string): OutgrowError {
  const message = `The write to ${path} was given up, since an earlier one that it had read from failed.`
  return new OutgrowError('failure', message, { place: path, next: 'Try again.' })
}
