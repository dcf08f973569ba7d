import { isOutgrowError, type Json, type JsonRecord, type Store } from 'outgrow/store'
import { Counters } from './counters.ts'
import type { DocumentationStore } from './store.ts'
import { listOf, workOn } from './work.ts'

/** The documentation in a staged store: file and PostgreSQL, whichever the stage names. */
export function stagedStore(store: Store): DocumentationStore {
  const counters = new Counters()
  return {
    get: (kind, id, options) => store.collection<JsonRecord>(kind).get(id, options),
    find: (kind, query, options) => store.collection<JsonRecord>(kind).find(query, options),
    count: (kind, options) => store.collection(kind).count({}, options),
    links: async (options) => listOf(await store.whole<Json>('links').get(options)),
    transaction: async (act, options) => {
      const run = () => store.transaction((tx) => act(workOn(tx, counters)), options)
      try {
        return await run()
      } catch (error) {
        // A writer that went past the service has taken the number: look again, once.
        if (!isOutgrowError(error, 'conflict')) throw error
        counters.forget()
        return run()
      }
    },
    isAlone: async () => (await store.status()).authority === 'file',
    ready: async () => {
      const status = await store.status()
      return { ready: status.refused === undefined, strategy: 'staged', ...status }
    },
    close: () => store.close(),
  }
}
