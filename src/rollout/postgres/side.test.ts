import { afterAll, beforeAll } from 'vitest'
import { sideContract } from '../../../test/contract/side-contract.ts'
import { sidePlan } from '../../../test/contract/side-plan.ts'
import { EPOCH, type FencedDatabase, fencedDatabase } from '../../../test/helpers/fenced.ts'
import { silent } from '../../log.ts'
import { openPgSide } from './side.ts'

let database: FencedDatabase

beforeAll(async () => {
  database = await fencedDatabase(sidePlan)
})

afterAll(() => database.drop())

sideContract('PostgreSQL', async () => {
  await database.reset()
  const side = openPgSide({ database: database.url, plan: sidePlan, log: silent })
  return { side, epoch: EPOCH, close: () => side.close() }
})
