import type { Plan } from 'outgrow'
import { openStoreTables } from '../../postgres/store-tables.ts'
import type { DocumentationStore } from '../store.ts'
import { type Database, SCHEMA } from './database.ts'
import { raiseSequences } from './ids.ts'
import { linksIn } from './links.ts'
import { codecsOf, tablesOn, workIn } from './work.ts'

const MIGRATIONS = new URL('../migrations/', import.meta.url)

/** The documentation in PostgreSQL alone, by Kysely on the tables that `outgrow migrate` makes. Any number of processes may. */
export function postgresStore(url: string, plan: Plan): DocumentationStore {
  const codecs = codecsOf(plan)
  const { db, read, write, ready, close } = openStoreTables<Database>({
    url,
    store: plan.store,
    schema: SCHEMA,
    plan: async () => plan,
    migrations: MIGRATIONS,
    variable: 'DOCUMENTATION_DB_STRATEGY',
    prepare: raiseSequences,
  })
  const table = tablesOn(db, codecs)
  return {
    get: (kind, id) => read(() => table(kind).get(id)),
    find: (kind, query) => read(() => table(kind).find(query)),
    count: (kind) => read(() => table(kind).count()),
    links: () => read(() => linksIn(db)),
    transaction: (act, options) =>
      write(options, async (tx, run) => {
        const { work, end } = workIn(tx, codecs, db, run)
        const answer = await act(work)
        await end()
        return answer
      }),
    isAlone: async () => false,
    ready,
    close,
  }
}
