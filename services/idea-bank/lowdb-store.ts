import { type Adapter, Low } from 'lowdb'
import { JSONFile } from 'lowdb/node'
import type { Json } from 'outgrow/store'
import type { Idea } from '../ideas/idea.ts'
import { listFrom } from '../ideas/list-query.ts'
import { statsOf } from '../ideas/stats.ts'
import { Remembered } from '../strategies/remembered.ts'
import { LAST_ID, raised, readLast, surveyIds } from './ids.ts'
import { collectionIn } from './shape.ts'
import type { IdeaStore } from './store.ts'

interface Data {
  [member: string]: Json
}

/**
 * The ideas in a JSON file, by plain LowDB, as the service was before it met outgrow: memory is changed, then all of it is
 * written. Idempotency keys live in memory and are forgotten by a restart. For one process.
 */
export async function openLowdbStore(
  path: string,
  uuid: () => string,
  adapter: Adapter<Data> = new JSONFile(path),
): Promise<IdeaStore> {
  const db = new Low<Data>(adapter, { ideas: [] })
  await db.read()
  const data = db.data
  const ideas = data[collectionIn(Object.keys(data))] as Idea[]
  const answers = new Remembered()
  const last = (): bigint => {
    const { highest } = surveyIds(ideas.map((idea) => idea.id))
    const known = readLast(data[LAST_ID]) ?? 0n
    return known > highest ? known : highest
  }
  const find = (id: string): number => ideas.findIndex((idea) => idea.id === id)

  return {
    list: async (query) => listFrom(ideas, query),
    get: async (id) => ideas[find(id)],
    stats: async () => statsOf(ideas.map((idea) => ({ idea }))),
    add: (make, options) =>
      answers.once(options, async () => {
        const { isNumeric } = surveyIds(ideas.map((idea) => idea.id))
        const id = isNumeric ? String(last() + 1n) : uuid()
        data[LAST_ID] = String(raised(last(), id))
        const idea = make(id)
        ideas.push(idea)
        await db.write()
        return idea
      }),
    change: (id, next, options) =>
      answers.once(options, async () => {
        const at = find(id)
        if (at < 0) return undefined
        const idea = next(ideas[at] as Idea)
        ideas[at] = idea
        await db.write()
        return idea
      }),
    remove: (id, options) =>
      answers.once(options, async () => {
        const at = find(id)
        if (at < 0) return undefined
        data[LAST_ID] = String(last())
        const [idea] = ideas.splice(at, 1)
        await db.write()
        return idea
      }),
    ready: async () => ({ ready: true, strategy: 'lowdb' }),
    close: async () => {},
  }
}
