import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { COLUMNS, type IdeaRow, ideaOf, rowOf } from '../../services/idea-bank/postgres/row.ts'
import { collectionIn, collectionOf, planFor, SHAPES } from '../../services/idea-bank/shape.ts'
import { MEMBERS } from '../../services/ideas/idea.ts'
import { emitKysely } from '../../src/schema/emit/kysely.ts'
import { migrationFiles } from '../../src/schema/migration-file.ts'
import type { Plan, Table } from '../../src/schema/plan.ts'
import { planJsonSchema } from '../../src/schema/plan-shape.ts'
import { openLab } from '../helpers/verbs.ts'
import { oddIdeas, plainIdeas } from './idea-bank-documents.ts'
import { moveIdeas } from './idea-bank-strategies.ts'

const beside = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../../services/idea-bank/${name}`, import.meta.url)), 'utf8')

/** All tables that there are, the ideas under their usual name. */
async function widest(): Promise<Plan> {
  const plan = await planFor(['items', 'categories'])
  return {
    ...plan,
    collections: plan.collections.map((one) => (one.name === 'items' ? { ...one, name: 'ideas' } : one)),
  }
}

test('types and first migration are what the tool makes of the plan', async () => {
  const plan = await widest()
  expect(await beside('postgres/schema.kysely.ts')).toBe(emitKysely(plan))
  const [expand] = migrationFiles(plan, [])
  expect(await beside(`migrations/${expand.name}`)).toBe(expand.text)
  expect(JSON.parse(await beside('outgrow-plan.schema.json'))).toEqual(planJsonSchema())
})

test('every form of file leads to the same tables, with a column for each member of the contract', async () => {
  const tables = async (plan: Plan): Promise<Table[]> =>
    plan.collections.flatMap((one) => (one.kind === 'values' ? [] : [one.table]))
  const all = await tables(await widest())
  for (const { members } of SHAPES) {
    const plan = await planFor([...members, 'lastId'])
    expect(collectionOf(plan)).toBe(collectionIn(members))
    for (const table of await tables(plan)) expect(all).toContainEqual(table)
  }
  const ideas = all.find((table) => table.name === 'ideas')
  expect(ideas?.columns.map(({ pointer }) => pointer)).toEqual(MEMBERS.map((name) => `/${name}`))
  expect(
    COLUMNS.map(({ column, member, nullMeans }) => ({ name: column, pointer: `/${member}`, null_means: nullMeans })),
  ).toEqual(ideas?.columns.map(({ name, pointer, null_means }) => ({ name, pointer, null_means })))
})

test('the three forms move by `outgrow migrate`, with the sample that comes with the service', async () => {
  const { ideas, lastId } = JSON.parse(await beside('seed.json'))
  for (const document of [
    { ideas, lastId },
    { items: ideas, lastId },
    { items: ideas, categories: [{ id: 'a', extra: 1 }], lastId },
  ]) {
    const lab = await openLab()
    await moveIdeas(lab, await lab.file(JSON.stringify(document)), Object.keys(document))
    const [row] = await lab.query<{ count: string }>('select count(*) from idea_bank.ideas where _aside is null')
    expect(row?.count).toBe(String(ideas.length))
    await lab.close()
  }
})

test('a record comes back from its row as it was; an idea as the API makes it needs no aside', () => {
  const instants = (row: ReturnType<typeof rowOf>): IdeaRow =>
    ({
      ...row,
      created_at: row.created_at === null ? null : new Date(row.created_at as string),
      updated_at: row.updated_at === null ? null : new Date(row.updated_at as string),
      _aside: typeof row._aside === 'string' ? JSON.parse(row._aside) : null,
    }) as IdeaRow
  for (const idea of [
    ...plainIdeas,
    ...oddIdeas,
    { id: 'x', createdAt: '2025-02-30T00:00:00.000Z' },
    { id: 'y', title: null, updatedAt: '0000-01-01T00:00:00.000Z' },
  ])
    expect(ideaOf(instants(rowOf(idea)))).toEqual(idea)
  for (const idea of plainIdeas) expect(rowOf(idea)._aside).toBeNull()
  // A column that was written since is not overruled by what the aside says of it.
  const stale = { ...rowOf({ id: '1', title: 7 }), title: 'novo' }
  expect(ideaOf(instants(stale))).toMatchObject({ title: 'novo' })
})
