import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sideContract } from '../../test/contract/side-contract.ts'
import { emptyDocument, sidePlan } from '../../test/contract/side-plan.ts'
import { DirtyLog } from './dirty-log.ts'
import { FileSide } from './file-side.ts'
import { FileStore } from './file-store.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-side-'))
  path = join(folder, 'store.json')
})

afterEach(() => rm(folder, { recursive: true }))

sideContract('the file', async () => {
  await writeFile(path, JSON.stringify(emptyDocument, null, 2))
  const store = await FileStore.open({ path, plan: sidePlan })
  const side = new FileSide({ store, plan: sidePlan, epoch: () => 3 })
  return { side, epoch: 3, close: () => side.close() }
})

test('what the contract leaves', async () => {
  expect(DirtyLog).toBeDefined()
  expect(readFile).toBeDefined()
})
