import { isOutgrowError, type Json, type Store, type Transaction } from 'outgrow/store'
import type { Idea } from '../ideas/idea.ts'
import { storeQuery } from '../ideas/list-query.ts'
import { statsOf } from '../ideas/stats.ts'
import { isNumericId, LAST_ID, raised, readLast, surveyIds } from './ids.ts'
import type { IdeaStore } from './store.ts'

/**
 * The ideas in a staged store: file and PostgreSQL, whichever the stage names. The ids of the store are looked through once,
 * before the first write; after that the remembered number is enough, until an id that is not numeric is removed.
 */
export function stagedStore(store: Store, collection: 'ideas' | 'items', uuid: () => string): IdeaStore {
  const ideas = store.collection<Idea>(collection)
  const ids = new StagedIds(collection, uuid)
  return {
    list: (query, options) => ideas.find(storeQuery(query), options),
    get: (id, options) => ideas.get(id, options),
    stats: async (options) => statsOf((await ideas.find({}, options)).map((idea) => ({ idea }))),
    add: async (make, options) => {
      const act = async (tx: Transaction): Promise<Idea> =>
        tx.collection<Idea>(collection).insert(make(await ids.next(tx)))
      try {
        return await store.transaction(act, options)
      } catch (error) {
        // A writer that went past the service has taken the number: look again, once.
        if (!isOutgrowError(error, 'conflict')) throw error
        ids.forget()
        return store.transaction(act, options)
      }
    },
    change: (id, next, options) => ideas.update(id, next, options),
    remove: (id, options) =>
      store.transaction(async (tx) => {
        const records = tx.collection<Idea>(collection)
        if ((await records.get(id)) === undefined) return undefined
        await ids.beforeRemoval(tx, id)
        return records.remove(id)
      }, options),
    ready: async () => {
      const status = await store.status()
      return { ready: status.refused === undefined, strategy: 'staged', ...status }
    },
    close: () => store.close(),
  }
}

/** Gives ids inside the transaction that uses them. What it keeps in memory only saves looking again. */
class StagedIds {
  readonly #collection: string
  readonly #uuid: () => string
  /** Undefined: not looked yet. */
  #isNumeric: boolean | undefined

  constructor(collection: string, uuid: () => string) {
    this.#collection = collection
    this.#uuid = uuid
  }

  /** Looks again before the next write. */
  forget(): void {
    this.#isNumeric = undefined
  }

  async next(tx: Transaction): Promise<string> {
    const last = await this.#last(tx)
    if (this.#isNumeric === false) return this.#uuid()
    const id = String(last + 1n)
    await tx.whole<Json>(LAST_ID).set(id)
    return id
  }

  /** Whoever removes the highest id must have it remembered first. */
  async beforeRemoval(tx: Transaction, id: string): Promise<void> {
    const last = await this.#last(tx)
    if (raised(last, id) !== last) await tx.whole<Json>(LAST_ID).set(id)
    // It may have been the only one that is not numeric.
    if (!isNumericId(id)) this.forget()
  }

  /** The highest numeric id ever; looks through all of them when this is not known, or not remembered yet. */
  async #last(tx: Transaction): Promise<bigint> {
    const memory = tx.whole<Json>(LAST_ID)
    const known = readLast(await memory.get())
    if (known !== undefined && this.#isNumeric !== undefined) return known
    const { highest, isNumeric } = await this.#survey(tx)
    this.#isNumeric = isNumeric
    const last = known !== undefined && known > highest ? known : highest
    if (known !== last) await memory.set(String(last))
    return last
  }

  async #survey(tx: Transaction): Promise<{ highest: bigint; isNumeric: boolean }> {
    const all = await tx.collection<Idea>(this.#collection).find()
    return surveyIds(all.map((idea) => idea.id))
  }
}
