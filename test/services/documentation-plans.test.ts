import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { RECORD_MEMBERS } from '../../services/documentation/file.ts'
import { EMPTY } from '../../services/documentation/kind.ts'
import { documentationPlan } from '../../services/documentation/open.ts'
import { MEMBERS as SYSTEM_MEMBERS } from '../../services/documentation/system.ts'
import { MEMBERS as IDEA_MEMBERS } from '../../services/ideas/idea.ts'
import { emitKysely } from '../../src/schema/emit/kysely.ts'
import { migrationFiles } from '../../src/schema/migration-file.ts'
import { planJsonSchema } from '../../src/schema/plan-shape.ts'
import { openLab } from '../helpers/verbs.ts'
import { moveDocument } from './documentation-places.ts'

const beside = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../../services/documentation/${name}`, import.meta.url)), 'utf8')

test('types and first migration are what the tool makes of the plan', async () => {
  const plan = await documentationPlan()
  expect(await beside('postgres/schema.kysely.ts')).toBe(emitKysely(plan))
  const [expand] = migrationFiles(plan, [])
  expect(await beside(`migrations/${expand.name}`)).toBe(expand.text)
  expect(JSON.parse(await beside('outgrow-plan.schema.json'))).toEqual(planJsonSchema())
})

test('there is a column for each member of the contract, and a collection for each member of the store', async () => {
  const { collections } = await documentationPlan()
  const members = (name: string): string[] =>
    collections.flatMap((one) =>
      one.name === name && one.kind !== 'values' ? one.table.columns.map(({ pointer }) => pointer.slice(1)) : [],
    )
  expect(members('systems')).toEqual([...SYSTEM_MEMBERS])
  expect(members('ideas')).toEqual([...IDEA_MEMBERS])
  expect(members('files')).toEqual(RECORD_MEMBERS)
  expect(collections.map(({ name }) => name).sort()).toEqual(Object.keys(EMPTY).sort())
})

test('the file as it is documented moves, and so does the sample with its change log: to the same tables', async () => {
  const sample = JSON.parse(await beside('seed.json'))
  const { change_log: _, ...documented } = sample
  for (const [document, plan] of [
    [sample, 'plan.json'],
    [documented, 'plan.documented.json'],
  ] as const) {
    const lab = await openLab()
    await moveDocument(lab, await lab.file(JSON.stringify(document)), plan)
    const [row] = await lab.query<{ count: string }>('select count(*) from documentation.systems where _aside is null')
    expect(row?.count).toBe(String(sample.systems.length))
    await lab.close()
  }
})
