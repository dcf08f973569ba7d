import { Low } from 'lowdb'
import { JSONFile } from 'lowdb/node'
import { type Json, type JsonRecord, OutgrowError, type Query, runQuery } from 'outgrow/store'
import { Remembered } from '../strategies/remembered.ts'
import { Counters } from './counters.ts'
import { EMPTY, type Kind } from './kind.ts'
import type { DocumentationStore } from './store.ts'
import { listOf, type Members, workOn } from './work.ts'

type Document = { [member: string]: Json }

/**
 * The documentation in a JSON file, by plain LowDB, as it was before it met outgrow: memory is changed, then all of it is
 * written. A write is done on a copy, one after the other, so that one that fails leaves nothing. Idempotency keys live in
 * memory and are forgotten by a restart. For one process.
 */
export async function openLowdbStore(path: string): Promise<DocumentationStore> {
  const db = new Low<Document>(new JSONFile(path), structuredClone(EMPTY))
  await db.read()
  const counters = new Counters()
  const answers = new Remembered()
  const inTurn = turns()
  const reading = { collection: (kind: Kind) => membersOf(db.data).collection(kind) }

  return {
    get: (kind, id) => reading.collection(kind).get(id),
    find: (kind, query) => reading.collection(kind).find(query),
    count: async (kind) => listOf(db.data[kind]).length,
    links: async () => structuredClone(listOf(db.data.links)),
    transaction: (act, options) =>
      answers.once(options, () =>
        inTurn(async () => {
          const before = db.data
          const draft = structuredClone(before)
          const answer = await act(workOn(membersOf(draft), counters))
          db.data = draft
          await db.write().catch((error: unknown) => {
            db.data = before
            throw error
          })
          return answer
        }),
      ),
    isAlone: async () => true,
    ready: async () => ({ ready: true, strategy: 'lowdb' }),
    close: async () => {},
  }
}

/** The members of a document in memory. Records that are read are copies. */
function membersOf(data: Document): Members {
  return {
    collection: (name) => {
      const records = (): JsonRecord[] => listOf(data[name]) as JsonRecord[]
      const at = (id: Json | undefined): number => records().findIndex((record) => record.id === id)
      const get = async (id: Json | undefined) => structuredClone(records()[at(id)])
      const put = async (id: Json, record: JsonRecord) => {
        const place = at(id)
        data[name] = place < 0 ? [...records(), record] : records().with(place, record)
        return record
      }
      return {
        get,
        find: async (query = {}) => structuredClone(answer(records(), query)),
        put,
        insert: async (record) => {
          if (at(record.id) >= 0) throw new OutgrowError('conflict', `The key ${record.id} is taken.`)
          return put(record.id ?? null, record)
        },
        remove: async (id) => {
          const record = await get(id)
          if (record !== undefined) data[name] = records().toSpliced(at(id), 1)
          return record
        },
      }
    },
    whole: (name) => ({
      get: async () => structuredClone(data[name]),
      set: async (value) => {
        data[name] = value
      },
    }),
  }
}

function answer(records: JsonRecord[], query: Query): JsonRecord[] {
  return runQuery(
    records.map((record) => ({ key: JSON.stringify(record.id ?? null), record })),
    query,
  )
}

/** Does one act after the other. */
function turns(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const mine = last.then(act)
    last = mine.catch(() => {})
    return mine
  }
}
