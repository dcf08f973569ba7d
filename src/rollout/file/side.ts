import { OutgrowError } from '../../errors.ts'
import type { Collection } from '../../schema/plan.ts'
import { refuseKeyText } from '../answer.ts'
import { copyRecord } from '../json-value.ts'
import { isKeyless, isOrdered, keyOfRecord, keyValue, WHOLE } from '../key.ts'
import { countMatches, type Entry, runQuery } from '../query/run.ts'
import type { Change, Contents, JsonRecord, Key, Query, Reader, Side, SideTransaction, WriteAct } from '../side.ts'
import { tellAgain } from './answer-book.ts'
import { contentsOf } from './contents.ts'
import type { FilePlan } from './read.ts'
import type { Layer, Records } from './records.ts'
import type { FileStore } from './store.ts'
import { elementsOf, wholeRecord, wholeValue } from './whole.ts'

export interface FileSideOptions {
  store: FileStore
  plan: FilePlan
  /** The epoch now in force; an act under any other is refused. */
  epoch: () => number
}

const BATCH = 1000

/**
 * The JSON file as a side. Transactions run one after the other, each on a draft; reads outside of them see what is on disk
 * and never wait. Writes as authority are marked dirty where the store has a log for it; pushes of the relay never are.
 */
export class FileSide implements Side {
  readonly #store: FileStore
  readonly #collections: ReadonlyMap<string, Collection>
  readonly #epoch: () => number
  #last: Promise<unknown> = Promise.resolve()

  constructor({ store, plan, epoch }: FileSideOptions) {
    this.#store = store
    this.#collections = new Map(plan.collections.map((one) => [one.name, one]))
    this.#epoch = epoch
  }

  async get(collection: string, key: Key): Promise<JsonRecord | undefined> {
    return this.#reader(this.#store.document).get(collection, key)
  }

  async find(collection: string, query: Query): Promise<JsonRecord[]> {
    return this.#reader(this.#store.document).find(collection, query)
  }

  async count(collection: string, query: Pick<Query, 'where' | 'search'>): Promise<number> {
    return this.#reader(this.#store.document).count(collection, query)
  }

  transaction<T>(act: WriteAct, fn: (tx: SideTransaction) => Promise<T>): Promise<T> {
    return this.#inTurn(act, act.as === 'authority', (draft) => fn(this.#writer(draft)))
  }

  /** The keys of a list collection in the order of its records on disk. Throws `usage` for a collection that has no order. */
  order(collection: string): Key[] {
    this.#list(collection)
    return [...this.#store.document.entries(collection)].map(([key]) => key)
  }

  /**
   * Brings the records of a list collection into the order of these keys, in one durable write and marking none, since no
   * record changes. Those not named keep their order behind them; a key without a record is passed over. Throws `usage`
   * for a collection that has no order.
   */
  async arrange(collection: string, keys: readonly Key[], act: WriteAct): Promise<void> {
    this.#list(collection)
    await this.#inTurn(act, false, async (draft) => draft.arrange(collection, keys))
  }

  async #inTurn<T>(act: WriteAct, mark: boolean, fn: (draft: Layer) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#run(act, mark, fn))
    this.#last = turn.then(
      () => {},
      () => {},
    )
    const { value, durable } = await turn
    await durable
    return value
  }

  async apply(changes: readonly Change[], act: WriteAct): Promise<void> {
    await this.transaction(act, async (tx) => {
      for (const { collection, key, record } of changes) {
        if (record === undefined) await tx.remove(collection, key)
        else await tx.put(collection, key, record)
      }
    })
  }

  async contents(): Promise<Contents> {
    return contentsOf(this.#store.document, this.#collections)
  }

  async *keys(collection: string): AsyncIterable<Key[]> {
    this.#collection(collection)
    const keys = [...this.#store.document.entries(collection)].map(([key]) => key)
    for (let at = 0; at < keys.length; at += BATCH) yield keys.slice(at, at + BATCH)
  }

  /** Waits for the transactions under way, then closes the store. */
  async close(): Promise<void> {
    await this.#last
    await this.#store.close()
  }

  /** The next transaction may begin when this one's changes are known, before they are on disk: they share a write. */
  async #run<T>(
    act: WriteAct,
    mark: boolean,
    fn: (draft: Layer) => Promise<T>,
  ): Promise<{ value: T; durable: Promise<void> }> {
    this.#refuseEpoch(act)
    const known = this.#seen(act)
    if (known !== undefined) return { value: tellAgain(act, known.answer) as T, durable: known.durable }
    const draft = this.#store.draft()
    const { generation } = this.#store
    const value = await fn(draft)
    this.#refuseEpoch(act)
    const answer = this.#store.answerTo(act, value)
    const durable = this.#store.commit(draft, generation, { mark, answer })
    // It is waited for by the caller of the transaction, one tick later.
    durable.catch(() => {})
    return { value, durable }
  }

  #seen({ idempotencyKey: key }: WriteAct): ReturnType<FileStore['answered']> {
    if (key === undefined) return undefined
    refuseKeyText(key)
    return this.#store.answered(key)
  }

  #reader(records: Records): Reader {
    const entries = (collection: string): Iterable<Entry> =>
      isKeyless(this.#collection(collection))
        ? elementsOf(this.#collection(collection), records.get(collection, WHOLE)?.value)
        : keyedEntries(records, collection)
    return {
      get: async (name, key) => {
        const collection = this.#collection(name)
        const value = records.get(name, key)?.value
        return value === undefined ? undefined : copyRecord(wholeRecord(collection, value))
      },
      find: async (name, query) => runQuery(entries(name), query).map((record) => copyRecord(record)),
      count: async (name, query) => countMatches(entries(name), query),
    }
  }

  #writer(draft: Layer): SideTransaction {
    return {
      ...this.#reader(draft),
      put: async (name, key, record) => {
        const collection = this.#collection(name)
        const copy = copyRecord(record)
        refuseKey(collection, key, copy)
        draft.put(name, key, this.#store.slot(name, wholeValue(collection, copy)))
      },
      remove: async (name, key) => {
        this.#collection(name)
        return draft.remove(name, key)
      },
      arrange: async (name, keys) => {
        const collection = this.#collection(name)
        if (collection.kind === 'list' && !isKeyless(collection) && isOrdered(collection)) draft.arrange(name, keys)
      },
    }
  }

  #collection(name: string): Collection {
    const collection = this.#collections.get(name)
    if (collection !== undefined) return collection
    throw new OutgrowError('usage', `The store has no collection "${name}".`, {
      place: name,
      next: `It has ${[...this.#collections.keys()].join(', ')}.`,
    })
  }

  #list(name: string): void {
    const collection = this.#collection(name)
    if (collection.kind === 'list' && !isKeyless(collection)) return
    throw new OutgrowError(
      'usage',
      `The collection "${name}" is no list of records with keys: it has no order of keys.`,
      {
        place: name,
      },
    )
  }

  #refuseEpoch({ epoch }: WriteAct): void {
    const now = this.#epoch()
    if (epoch === now) return
    throw new OutgrowError('stale-epoch', `A write under epoch ${epoch} comes too late: the epoch is ${now}.`, {
      next: 'Read the stage anew, then try again.',
    })
  }
}

function* keyedEntries(records: Records, collection: string): Iterable<Entry> {
  for (const [key, slot] of records.entries(collection)) yield { key, record: slot.value as JsonRecord }
}

function refuseKey(collection: Collection, key: Key, record: JsonRecord): void {
  const name = collection.kind === 'keyed' ? keyValue(key) : undefined
  const own = keyOfRecord(collection, record, typeof name === 'string' ? name : undefined)
  if (own === key) return
  throw new OutgrowError('usage', `The record bears the key ${own ?? 'of none'} and is to be stored under ${key}.`, {
    place: collection.name,
    next: 'Store it under its own key; a record with another key is another record.',
  })
}
