import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { storeError, type WriteOptions } from 'outgrow/store'
import type { Idea } from '../idea.ts'
import { type Stats, statsOf } from '../stats.ts'
import type { IdeaStore } from '../store.ts'
import { type Database, openDatabase } from './database.ts'
import { beforeRemoval, nextId } from './ids.ts'
import { listIdeas } from './list.ts'
import { prepare } from './prepare.ts'
import { type IdeaRow, ideaOf, rowOf } from './row.ts'
import { type Epoch, forgetKeys, type Tx, write } from './write.ts'

/** Writes with a key between two looks for keys that are a day old. */
const SWEEP_EVERY = 1000

/**
 * The ideas in PostgreSQL alone, by Kysely on the tables that `outgrow migrate` makes. The schema is brought up to date
 * before the first question, so that the service may start while the database is away: it answers 503 until it is there.
 */
export function postgresStore(url: string, uuid: () => string): IdeaStore {
  const db = openDatabase(url)
  const prepared = onceDone(() => prepare(url, db))
  let keyed = 0

  /** A read; errors come out in the words of outgrow. */
  const read = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      await prepared()
      return await ask()
    } catch (error) {
      throw storeError(error)
    }
  }
  const act = async (options: WriteOptions = {}, fn: (tx: Tx) => Promise<Idea | undefined>) => {
    const epoch = await read<Epoch>(prepared)
    const idea = await write(db, epoch, options, fn)
    if (options.idempotencyKey !== undefined && ++keyed % SWEEP_EVERY === 0) await read(() => forgetKeys(db))
    return idea
  }

  return {
    list: (query) => read(() => listIdeas(db, query)),
    get: (id) => read(async () => ideaIn(await selectIdea(db, id).executeTakeFirst())),
    stats: () => read(() => countIdeas(db)),
    add: async (make, options) => {
      const idea = await act(options, async (tx) => {
        const made = make(await nextId(tx, uuid))
        await tx.insertInto('ideas').values(rowOf(made)).execute()
        return made
      })
      return idea as Idea
    },
    change: (id, next, options) =>
      act(options, async (tx) => {
        const idea = ideaIn(await selectIdea(tx, id).forUpdate().executeTakeFirst())
        if (idea === undefined) return undefined
        const changed = next(idea)
        await tx.updateTable('ideas').set(rowOf(changed)).where('id', '=', id).execute()
        return changed
      }),
    remove: (id, options) =>
      act(options, async (tx) => {
        const idea = ideaIn(await selectIdea(tx, id).forUpdate().executeTakeFirst())
        if (idea === undefined) return undefined
        await beforeRemoval(tx, id)
        await tx.deleteFrom('ideas').where('id', '=', id).execute()
        return idea
      }),
    ready: () =>
      read(async () => {
        await sql`select 1`.execute(db)
        return { ready: true, strategy: 'postgres' }
      }),
    close: () => db.destroy(),
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

/** Does it until it succeeds once; those who ask meanwhile wait for the same try. */
function onceDone<T>(act: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () => {
    done ??= act().catch((error: unknown) => {
      done = undefined
      throw error
    })
    return done
  }
}
