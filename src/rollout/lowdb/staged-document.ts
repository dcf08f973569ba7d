import { isOutgrowError, OutgrowError } from '../../errors.ts'
import type { Collection } from '../../schema/plan.ts'
import type { Staged } from '../open.ts'
import type { StageStatus } from '../store/status.ts'
import { write } from '../store/writes.ts'
import { compareWritten } from './compare-written.ts'
import { readContents } from './contents.ts'
import { carryOut, type Difference, type Doubt, differenceOf, doubtAbout } from './difference.ts'
import { documentOf, type Known, knownOf } from './known.ts'
import { takeDocument } from './take.ts'

interface Waiting<T> {
  resolve(value: T): void
  reject(error: unknown): void
}

/**
 * A document that an application reads and writes whole, over a staged store. Records are what is stored:
 *
 * - `write(data)` takes in what differs from the state that this adapter read or wrote last, at once, as LowDB makes its
 *   text at once; what the application does to its objects afterwards belongs to a later write. The difference is carried out
 *   in one transaction, all or nothing, durable when the promise resolves. Writes that come during another share the next
 *   transaction; when it is refused they are tried one by one, so that each promise tells of its own write.
 * - A write that is rejected left nothing, or, if its error is none of `usage`, `conflict` and `refused`, may have. Either way
 *   the application still holds the change in its memory, and as each write carries all that is wanted, the next one stores
 *   it, unless the application has taken it back: then that is what is stored.
 * - The order of a list is kept: what is inserted in front, moved or sorted is so on either side. A record whose key
 *   changed is another record. Maps are sets of members.
 * - What others write while PostgreSQL is the authority the application does not see before it reads again. A write leaves
 *   alone what the application did not change; a record that both changed is as the later one wrote it, whole; a new record
 *   under a key that somebody else took meanwhile is a `conflict`.
 * - `read()` gives the whole document from the authority: lists and maps of the plan are there even if they are empty. It
 *   waits for the writes before it, and for those that come while it reads, so that no answer lacks a write that was
 *   called before it: an application that writes without a pause is not answered until it makes one.
 */
export class StagedDocument {
  readonly #staged: Staged
  readonly #collections: ReadonlyMap<string, Collection>
  #known: Known | undefined
  #doubt: Doubt = new Map()
  #writes: (Waiting<void> & { wanted: Known })[] = []
  #reads: Waiting<unknown>[] = []
  #running: Promise<void> | undefined

  constructor(staged: Staged) {
    this.#staged = staged
    this.#collections = new Map(staged.scene.parts.plan.collections.map((one) => [one.name, one]))
  }

  read(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#reads.push({ resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async write(data: unknown): Promise<void> {
    if (this.#known === undefined) throw notRead(this.#staged.store.name)
    const wanted = takeDocument(data, this.#known, this.#staged.scene.parts.plan)
    await new Promise<void>((resolve, reject) => {
      this.#writes.push({ wanted, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  status(): Promise<StageStatus> {
    return this.#staged.store.status()
  }

  /** Ends after what is under way. */
  async close(): Promise<void> {
    await this.#running
    await this.#staged.store.close()
  }

  /** Never rejects: whoever waits is told. */
  async #run(): Promise<void> {
    while (this.#writes.length > 0 || this.#reads.length > 0)
      if (this.#writes.length > 0) await this.#store(this.#writes.splice(0))
      else await this.#serve()
    this.#running = undefined
  }

  /** The last of them carries what the others want as well, or what the application has made of it since. */
  async #store(group: (Waiting<void> & { wanted: Known })[]): Promise<void> {
    const last = group.at(-1)
    if (last === undefined) return
    try {
      await this.#bring(last.wanted)
      for (const { resolve } of group) resolve()
    } catch (error) {
      if (group.length > 1 && isRefusal(error)) for (const one of group) await this.#store([one])
      else for (const { reject } of group) reject(error)
    }
  }

  async #bring(wanted: Known): Promise<void> {
    const { parts, comparer } = this.#staged.scene
    const difference = differenceOf(this.#known ?? new Map(), wanted, parts.plan.collections, this.#doubt)
    if (difference.changes.length > 0 || difference.orders.length > 0) await this.#carryOut(difference)
    this.#known = wanted
    this.#doubt = new Map()
    compareWritten(parts, comparer, difference)
  }

  async #carryOut(difference: Difference): Promise<void> {
    const { parts } = this.#staged.scene
    try {
      await write(parts, {}, (tx) => carryOut(difference, tx))
    } catch (error) {
      if (!isRefusal(error)) this.#doubt = doubtAbout(difference, this.#doubt)
      throw error
    }
  }

  async #serve(): Promise<void> {
    const { parts } = this.#staged.scene
    try {
      const known = knownOf(await readContents(parts), this.#collections)
      // What came meanwhile was written from what the application had before: it is stored first, then all is read anew.
      if (this.#writes.length > 0) return
      this.#known = known
      const isList = parts.plan.document === 'list'
      for (const { resolve } of this.#reads.splice(0)) resolve(documentOf(known, this.#collections, isList))
    } catch (error) {
      for (const { reject } of this.#reads.splice(0)) reject(error)
    }
  }
}

/** The store itself said no: nothing was done. */
function isRefusal(error: unknown): boolean {
  return isOutgrowError(error, 'usage', 'conflict', 'refused')
}

function notRead(store: string): OutgrowError {
  return new OutgrowError('usage', `The document of store "${store}" is written before it was read.`, {
    place: store,
    next: 'Call read() first: what is not in the document that is written would be removed.',
  })
}
