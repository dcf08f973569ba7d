import type { Json, JsonRecord, Records, Whole } from 'outgrow/store'
import { type Counters, type Counting, idOf } from './counters.ts'
import { COUNTERS, type Counted, type Kind } from './kind.ts'
import type { Work } from './store.ts'

/** A transaction on a document, by the names of its members: the staged store's own, or one on plain LowDB. */
export interface Members {
  collection(name: string): Pick<Records<JsonRecord>, 'get' | 'find' | 'insert' | 'put' | 'remove'>
  whole(name: string): Pick<Whole<Json>, 'get' | 'set'>
}

/** The work of one transaction, where ids are counted by the members of the document. */
export function workOn(members: Members, counters: Counters): Work {
  const links = async (): Promise<Json[]> => listOf(await members.whole('links').get())
  const counting: Counting = {
    ids: async (counted) => {
      const records = counted === 'links' ? await links() : await members.collection(counted).find({})
      return records.map(idOf)
    },
    counter: (name) => members.whole(name).get(),
    setCounter: (name, next) => members.whole(name).set(next),
  }
  return {
    get: (kind, id) => members.collection(kind).get(id),
    find: (kind, query) => members.collection(kind).find(query),
    links,
    insert: async (kind, record) => void (await members.collection(kind).insert(record)),
    put: async (kind, id, record) => void (await members.collection(kind).put(id, record)),
    remove: async (kind, id) => {
      const record = await members.collection(kind).remove(id)
      if (record !== undefined && isCounted(kind)) await counters.removed(counting, kind, record.id)
      return record
    },
    setLinks: async (next, gone) => {
      await counters.removed(counting, 'links', idOf(gone))
      await members.whole('links').set(next)
    },
    nextId: (counted) => counters.next(counting, counted),
  }
}

/** The links of a document: a list, or nothing yet. */
export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function isCounted(kind: Kind): kind is Kind & Counted {
  return kind in COUNTERS
}
