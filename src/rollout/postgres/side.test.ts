import { afterAll, beforeAll } from 'vitest'
import { sideContract } from '../../../test/contract/side-contract.ts'
import { sidePlan } from '../../../test/contract/side-plan.ts'
import { type TestDatabase, testDatabase } from '../../../test/helpers/database.ts'
import { ensureBookkeeping } from '../../journal/bookkeeping.ts'
import { silent } from '../../log.ts'
import { type Connection, connect } from '../../postgres/connect.ts'
import { createKeys, createTables } from '../../schema/ddl.ts'
import { fenceTables } from './fence.ts'
import { openPgSide } from './side.ts'

let database: TestDatabase
let sql: Connection

beforeAll(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
  await ensureBookkeeping(sql)
  await sql.query(
    `insert into outgrow.stage (name, stage, epoch, changed_by, why) values ($1, 'live', 5, 'test', 'test')`,
    [sidePlan.store],
  )
})

afterAll(async () => {
  await sql.end()
  await database.drop()
})

sideContract('PostgreSQL', async () => {
  await sql.query(`drop schema if exists ${sidePlan.schema} cascade`)
  for (const { sql: statement } of [...createTables(sidePlan), ...createKeys(sidePlan)]) await sql.query(statement)
  await fenceTables(sql, sidePlan)
  const side = openPgSide({ database: database.url, plan: sidePlan, log: silent })
  return { side, epoch: 5, close: () => side.close() }
})
