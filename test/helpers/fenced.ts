import { ensureBookkeeping } from '../../src/journal/bookkeeping.ts'
import { type Connection, connect } from '../../src/postgres/connect.ts'
import { quoteIdent } from '../../src/postgres/ident.ts'
import { sqlState } from '../../src/postgres/sqlstate.ts'
import { fenceTables } from '../../src/rollout/postgres/fence.ts'
import { createKeys, createTables } from '../../src/schema/ddl.ts'
import type { Plan } from '../../src/schema/plan.ts'
import { testDatabase } from './database.ts'

/** The epoch that a fenced database is at, in stage `live`. */
export const EPOCH = 5

export interface FencedDatabase {
  url: string
  /** A session of the superuser, who meets the fence like everyone else. */
  sql: Connection
  /** Empty tables behind their fence, nothing dirty, no idempotency keys, the stage row as it was. */
  reset(): Promise<void>
  drop(): Promise<void>
}

/** A database of its own with our bookkeeping, for a plan whose store is at stage `live`; `reset` makes its tables. */
export async function fencedDatabase(plan: Plan): Promise<FencedDatabase> {
  const database = await testDatabase()
  const sql = await connect(database.url)
  await ensureBookkeeping(sql)
  return {
    url: database.url,
    sql,
    reset: async () => {
      await sql.query(
        `insert into outgrow.stage (name, stage, epoch, changed_by, why) values ($1, 'live', $2, 'test', 'test')
         on conflict (name) do update set stage = excluded.stage, epoch = excluded.epoch`,
        [plan.store, EPOCH],
      )
      await sql.query(`drop schema if exists ${quoteIdent(plan.schema)} cascade`)
      for (const { sql: statement } of [...createTables(plan), ...createKeys(plan)]) await sql.query(statement)
      await fenceTables(sql, plan)
      await sql.query('truncate outgrow.dirty, outgrow.idempotency')
    },
    drop: async () => {
      await sql.end()
      await database.drop()
    },
  }
}

/** Runs `fn` in a transaction of the session that declares itself to the fence. */
export async function writingAs(
  session: Connection,
  epoch: number,
  side: 'authority' | 'mirror',
  fn: () => Promise<void>,
): Promise<void> {
  await session.query('begin')
  try {
    await session.query(`set local outgrow.epoch = '${epoch}'`)
    await session.query(`set local outgrow.writer = '${side}'`)
    await fn()
    await session.query('commit')
  } catch (error) {
    await session.query('rollback')
    throw error
  }
}

/** True for the fence's refusal. */
export function isStale(error: unknown): boolean {
  return sqlState(error) === 'OG001'
}
