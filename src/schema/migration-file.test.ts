import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../test/helpers/database.ts'
import { composite, hostileNames, ideaBank } from '../../test/helpers/plans.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { migrationFiles, migrationSections } from './migration-file.ts'
import { applyProposals } from './proposals.ts'

describe('numbers', () => {
  const plan = ideaBank()
  const first = migrationFiles(plan, [])
  const other = { ...plan, schema: 'elsewhere' }

  it('begins at 001, names both files after the store', () => {
    expect(first.map((file) => file.name)).toEqual(['001_expand_idea_bank.sql', '002_contract_idea_bank.sql'])
  })

  it('gives the same bytes and the same numbers for the same plan', () => {
    expect(migrationFiles(ideaBank(), first)).toEqual(first)
  })

  it('takes the next numbers for a changed plan, beside the files of other stores', () => {
    const all = [...first, { name: '007_expand_shop.sql', text: '' }, { name: 'README.md', text: '' }]
    const changed = migrationFiles(other, all)
    expect(changed.map((file) => file.name)).toEqual(['008_expand_idea_bank.sql', '009_contract_idea_bank.sql'])
  })

  it('does not go back to an old number when the plan goes back: the runner would skip it', () => {
    const changed = migrationFiles(other, first)
    const back = migrationFiles(plan, [...first, ...changed])
    expect(back.map((file) => file.name)).toEqual(['005_expand_idea_bank.sql', '006_contract_idea_bank.sql'])
    expect(migrationFiles(plan, [...first, ...changed, ...back])).toEqual(back)
  })

  it('numbers contract anew when only expand changed, so that it still follows', () => {
    const [expand, contract] = first
    const edited = [{ ...expand, text: 'edited by hand' }, contract]
    expect(migrationFiles(plan, edited).map((file) => file.name)).toEqual([
      '003_expand_idea_bank.sql',
      '004_contract_idea_bank.sql',
    ])
  })
})

describe('text', () => {
  let database: TestDatabase
  let sql: Connection
  beforeAll(async () => {
    database = await testDatabase()
    sql = await connect(database.url)
  })
  afterAll(async () => {
    await sql.end()
    await database.drop()
  })

  it.each([
    ['idea bank', ideaBank()],
    ['hostile names', hostileNames()],
    ['composite', composite()],
  ])('%s runs section by section, each twice', async (_name, plan) => {
    const files = migrationFiles(applyProposals(plan), [])
    const [expand, contract] = files.map((file) => migrationSections(file.text))
    expect(files.map((file) => file.text.match(/^-- (up|down)$/gm))).toEqual([
      ['-- up', '-- down'],
      ['-- up', '-- down'],
    ])
    const order = [expand?.up, contract?.up, contract?.down, expand?.down]
    for (const section of order.flatMap((one) => [one, one])) {
      await sql.query(`begin; ${section ?? 'select no section'} commit`)
    }
    const { rows } = await sql.query('select 1 from pg_namespace where nspname = $1', [plan.schema])
    expect(rows).toEqual([])
  })

  it('has no sections in a file that is not one of ours', () => {
    expect(migrationSections('-- down\nselect 1;\n-- up\n')).toBeUndefined()
  })
})
