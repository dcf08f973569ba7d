import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Idea } from '../../ideas/idea.ts'
import { storeQuery } from '../../ideas/list-query.ts'
import { type Stats, statsOf } from '../../ideas/stats.ts'
import { recordTable } from '../../postgres/record-table.ts'
import { openStoreTables } from '../../postgres/store-tables.ts'
import { planFor } from '../shape.ts'
import type { IdeaStore } from '../store.ts'
import { type Database, SCHEMA } from './database.ts'
import { beforeRemoval, nextId } from './ids.ts'
import { codec, type IdeaRow, ideaOf } from './row.ts'

const MIGRATIONS = new URL('../migrations/', import.meta.url)

/** The ideas in PostgreSQL alone, by Kysely on the tables that `outgrow migrate` makes. */
export function postgresStore(url: string, uuid: () => string): IdeaStore {
  const { db, read, write, ready, close } = openStoreTables<Database>({
    url,
    store: 'idea-bank',
    schema: SCHEMA,
    plan: () => planFor([]),
    migrations: MIGRATIONS,
    variable: 'LIBRARY_DB_STRATEGY',
  })
  const ideas = recordTable(db, 'ideas', codec)
  return {
    list: (query) => read(() => ideas.find(storeQuery(query))),
    get: (id) => read(() => ideas.get(id)),
    stats: () => read(() => countIdeas(db)),
    add: async (make, options) => {
      const idea = await write(options, async (tx) => {
        const made = make(await nextId(tx, uuid))
        await recordTable<Database>(tx, 'ideas', codec).insert(made)
        return made
      })
      return idea as Idea
    },
    change: (id, next, options) =>
      write(options, async (tx) => {
        const table = recordTable<Database>(tx, 'ideas', codec)
        const idea = await table.lock(id)
        if (idea === undefined) return undefined
        const changed = next(idea)
        await table.put(id, changed)
        return changed
      }),
    remove: (id, options) =>
      write(options, async (tx) => {
        const table = recordTable<Database>(tx, 'ideas', codec)
        const idea = await table.lock(id)
        if (idea === undefined) return undefined
        await beforeRemoval(tx, id)
        await table.remove(id)
        return idea
      }),
    ready,
    close,
  }
}

/** One row for each combination of words; rows with an aside each for itself. */
async function countIdeas(db: Kysely<Database>): Promise<Stats> {
  const none = sql<null>`null`
  const rows = await db
    .selectFrom('ideas')
    .select(['status', 'category', 'priority', sql<string>`count(*)`.as('count')])
    .select(sql<IdeaRow['_aside']>`(_aside::text)::json`.as('_aside'))
    .select([none.as('title'), none.as('description'), none.as('tags'), none.as('created_at'), none.as('updated_at')])
    .select(sql<string>`''`.as('id'))
    .groupBy(['status', 'category', 'priority', sql`_aside::text`])
    .execute()
  return statsOf(rows.map(({ count, ...row }) => ({ idea: ideaOf(row), weight: Number(count) })))
}
