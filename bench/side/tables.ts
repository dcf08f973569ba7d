import pg from 'pg'
import { ensureBookkeeping } from '../../src/journal/bookkeeping.ts'
import { silent } from '../../src/log.ts'
import { connect } from '../../src/postgres/connect.ts'
import { fenceTables, unfenceTables } from '../../src/rollout/postgres/fence.ts'
import { openPgSide } from '../../src/rollout/postgres/side.ts'
import { createKeys, createTables } from '../../src/schema/ddl.ts'
import type { Plan } from '../../src/schema/plan.ts'
import { idea, ideaId, ideasPlan } from './ideas.ts'

/** The plan at stage complete, where nothing guards the tables, and at live, behind the fence. */
export const completePlan: Plan = ideasPlan
export const livePlan: Plan = { ...ideasPlan, store: 'side speed live', schema: 'side_speed_live' }

/** Fills three tables with the same records: the plain service's own, and those of the two plans. */
export async function fillTables(url: string, records: number): Promise<void> {
  const sql = await connect(url)
  await ensureBookkeeping(sql)
  for (const plan of [completePlan, livePlan]) {
    for (const { sql: statement } of [...createTables(plan), ...createKeys(plan)]) await sql.query(statement)
    const side = openPgSide({ database: url, plan, log: silent })
    const changes = Array.from({ length: records }, (_, n) => idea(ideaId(n), n)).map((record) => ({
      collection: 'ideas',
      key: JSON.stringify(record.id),
      record,
    }))
    await side.apply(changes, { epoch: 1, as: 'mirror' })
    await side.close()
  }
  await sql.query(
    `insert into outgrow.stage (name, stage, epoch, changed_by, why) values ($1::text, 'live', 1, 'bench', 'bench')`,
    [livePlan.store],
  )
  await fenceTables(sql, livePlan)
  await fenceTables(sql, completePlan)
  await unfenceTables(sql, completePlan)
  await sql.query('create schema plain')
  await sql.query(
    `create table plain.ideas (id text primary key, title text, body text, status text, votes bigint,
       score double precision, open boolean, created_at timestamptz)`,
  )
  await sql.query(
    `insert into plain.ideas select id, title, body, status, votes, score, open, created_at from side_speed.ideas`,
  )
  await sql.end()
  await vacuum(url)
}

/** Before each part, so that none pays for what another left. */
export async function vacuum(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('truncate outgrow.dirty')
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  await client.end()
}
