import { afterAll, expect, test } from 'vitest'
import { backupCreate } from '../../src/verbs/backup.ts'
import { exportStore } from '../../src/verbs/export.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { rollback } from '../../src/verbs/rollback.ts'
import { verify } from '../../src/verbs/verify.ts'
import { openLab } from '../helpers/verbs.ts'

const lab = await openLab()
afterAll(() => lab.close())

test('after a rollback to nothing, what reads the store says that it is not there, and a new run works', async () => {
  const file = await lab.file('{"ideas":[{"id":1},{"id":2}]}')
  const name = lab.name()
  const request = { file, name, owner: 'me', dryRun: false, quarantine: false, duplicateKeys: 'refuse' as const }
  await migrate(lab.context, request)
  await rollback(lab.context, name, { owner: 'me' })
  const gone = { code: 'unknown-store', place: expect.any(String) }
  await expect(verify(lab.context, name, file, { duplicateKeys: 'refuse' })).rejects.toMatchObject(gone)
  await expect(exportStore(lab.context, name, lab.path('out.json'))).rejects.toMatchObject(gone)
  await expect(backupCreate(lab.context, name)).rejects.toMatchObject(gone)
  await expect(rollback(lab.context, name, { owner: 'me' })).rejects.toMatchObject({ code: 'nothing-to-undo' })
  expect((await migrate(lab.context, request)).status).toBe('committed')
})

test('an empty document is a store without collections, and comes back as one', async () => {
  const file = await lab.file('{}')
  const name = lab.name()
  const request = { file, name, owner: 'me', dryRun: false, quarantine: false, duplicateKeys: 'refuse' as const }
  expect((await migrate(lab.context, request)).status).toBe('committed')
  expect((await migrate(lab.context, request)).status).toBe('unchanged')
  expect(await verify(lab.context, name, file, { duplicateKeys: 'refuse' })).toMatchObject({ equal: true, records: 0 })
  const out = lab.path('out.json')
  expect(await exportStore(lab.context, name, out)).toMatchObject({ records: 0, bytes: 2 })
})
