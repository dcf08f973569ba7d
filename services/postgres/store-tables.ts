import { type Kysely, sql, type Transaction } from 'kysely'
import { applyMigrations, type Plan } from 'outgrow'
import { storeError, type WriteOptions } from 'outgrow/store'
import type { Readiness } from '../web/health.ts'
import { onceDone } from './once-done.ts'
import { refuseStages } from './refuse-stages.ts'
import { openTables } from './sessions.ts'
import { refuseOtherTables } from './tables-of-plan.ts'
import { type Answers, forgetKeys, write } from './write.ts'

export interface StoreTablesOptions<DB> {
  url: string
  /** NAME, as in `outgrow migrate --name`, and the schema that comes of it. */
  store: string
  schema: string
  /** The plan that `outgrow migrate` makes the tables by. */
  plan: () => Promise<Plan>
  /** The folder of the service's own migrations. */
  migrations: URL
  /** The variable that chose PostgreSQL alone. */
  variable: string
  /** What else must be so before the first question. It is done again when it fails. */
  prepare?: (db: Kysely<DB>) => Promise<void>
}

/** The tables of one store, for a service whose only side is PostgreSQL. Errors come out in the words of outgrow. */
export interface StoreTables<DB> {
  db: Kysely<DB>
  read<T>(ask: () => Promise<T>): Promise<T>
  /** One transaction, once per idempotency key; `act` may run more than once. */
  write<T>(
    options: WriteOptions | undefined,
    act: (tx: Transaction<DB>, run: number) => Promise<T | undefined>,
  ): Promise<T | undefined>
  ready(): Promise<Readiness>
  close(): Promise<void>
}

/** Writes with a key between two looks for keys that are a day old. */
const SWEEP_EVERY = 1000

/**
 * Opens the tables. The schema is brought up to date before the first question, so that the service may start while the
 * database is away: it answers 503 until it is there.
 */
export function openStoreTables<DB extends Answers>(options: StoreTablesOptions<DB>): StoreTables<DB> {
  const { url, store, schema, plan, migrations, variable, prepare = async () => {} } = options
  const db = openTables<DB>(url, store, schema)
  const prepared = onceDone(async (): Promise<void> => {
    await applyMigrations(url, migrations, { schema })
    await refuseOtherTables(db, await plan())
    await refuseStages(db, store, variable)
    await prepare(db)
  })
  let keyed = 0
  const read = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      await prepared()
      return await ask()
    } catch (error) {
      throw storeError(error)
    }
  }
  return {
    db,
    read,
    write: (given = {}, act) =>
      read(async () => {
        const answer = await write(db, given, act)
        if (given.idempotencyKey !== undefined && ++keyed % SWEEP_EVERY === 0) await forgetKeys(db)
        return answer
      }),
    ready: () =>
      read(async () => {
        await sql`select 1`.execute(db)
        return { ready: true, strategy: 'postgres' }
      }),
    close: () => db.destroy(),
  }
}
