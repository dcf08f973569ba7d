import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { silent } from '../../src/log.ts'
import type { Context } from '../../src/verbs/context.ts'
import { exportStore } from '../../src/verbs/export.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { plan } from '../../src/verbs/plan.ts'
import { testDatabase } from '../helpers/database.ts'

const database = await testDatabase()
afterAll(() => database.drop())

test('records in quarantine are in no table, and stand in the export where they stood in the store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outgrow-quarantine-'))
  const context: Context = {
    url: database.url,
    backups: join(folder, 'backups'),
    work: join(folder, 'work'),
    pages: join(folder, 'pages'),
    actor: 'test',
    tool: 'test',
    log: silent,
    progress: () => {},
    failpoint: () => {},
  }
  const source = {
    list: [{ id: 1, n: 5 }, { id: 2 }, { id: 3, n: 7 }, { id: 4, n: null }],
    map: { u1: { a: 1 }, u2: {}, u3: { a: 3 } },
  }
  const file = join(folder, 'db.json')
  await writeFile(file, JSON.stringify(source))
  const { plan: made } = await plan(file, { name: 'q', out: folder, duplicateKeys: 'refuse', work: context.work })
  for (const [name, column] of [
    ['list', 'n'],
    ['map', 'a'],
  ]) {
    const collection = made.collections.find((one) => one.name === name)
    if (collection?.kind !== 'list' && collection?.kind !== 'keyed') throw new Error('no table')
    collection.table.proposals = [{ kind: 'not-null', column: column as string, enabled: true, evidence: {} }]
  }
  await writeFile(join(folder, 'plan.json'), JSON.stringify(made))
  const request = {
    file,
    name: 'q',
    planFile: join(folder, 'plan.json'),
    owner: 'me',
    dryRun: false,
    duplicateKeys: 'refuse' as const,
  }
  await expect(migrate(context, { ...request, quarantine: false })).rejects.toMatchObject({ code: 'refused' })
  const report = await migrate(context, { ...request, quarantine: true })
  expect(report.collections.map(({ name, records, rows, quarantined }) => [name, records, rows, quarantined])).toEqual([
    ['list', 4, 2, 2],
    ['map', 3, 2, 1],
  ])
  const out = join(folder, 'out.json')
  const { records } = await exportStore(context, 'q', out)
  expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(source)
  expect(records).toBe(7)
})
