import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Idea } from '../../ideas/idea.ts'
import { type Stats, statsOf } from '../../ideas/stats.ts'
import { openStoreTables } from '../../postgres/store-tables.ts'
import { planFor } from '../shape.ts'
import type { IdeaStore } from '../store.ts'
import { type Database, SCHEMA } from './database.ts'
import { beforeRemoval, nextId } from './ids.ts'
import { listIdeas } from './list.ts'
import { type IdeaRow, ideaOf, rowOf } from './row.ts'

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
  return {
    list: (query) => read(() => listIdeas(db, query)),
    get: (id) => read(async () => ideaIn(await selectIdea(db, id).executeTakeFirst())),
    stats: () => read(() => countIdeas(db)),
    add: async (make, options) => {
      const idea = await write(options, async (tx) => {
        const made = make(await nextId(tx, uuid))
        await tx.insertInto('ideas').values(rowOf(made)).execute()
        return made
      })
      return idea as Idea
    },
    change: (id, next, options) =>
      write(options, async (tx) => {
        const idea = ideaIn(await selectIdea(tx, id).forUpdate().executeTakeFirst())
        if (idea === undefined) return undefined
        const changed = next(idea)
        await tx.updateTable('ideas').set(rowOf(changed)).where('id', '=', id).execute()
        return changed
      }),
    remove: (id, options) =>
      write(options, async (tx) => {
        const idea = ideaIn(await selectIdea(tx, id).forUpdate().executeTakeFirst())
        if (idea === undefined) return undefined
        await beforeRemoval(tx, id)
        await tx.deleteFrom('ideas').where('id', '=', id).execute()
        return idea
      }),
    ready,
    close,
  }
}

function selectIdea(db: Kysely<Database>, id: string) {
  return db.selectFrom('ideas').selectAll().where('id', '=', id)
}

function ideaIn(row: IdeaRow | undefined): Idea | undefined {
  return row && ideaOf(row)
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
