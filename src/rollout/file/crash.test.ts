import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDocument, sidePlan } from '../../../test/contract/side-plan.ts'
import { MercilessDisk } from '../../../test/helpers/power-cut.ts'
import { keyOf } from '../key.ts'
import type { WriteAct } from '../side.ts'
import { DirtyLog } from './dirty-log.ts'
import { FileSide } from './side.ts'
import { FileStore } from './store.ts'

const act: WriteAct = { epoch: 1, as: 'authority' }
let folder: string
let path: string
let logPath: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outgrow-crash-'))
  path = join(folder, 'store.json')
  logPath = join(folder, 'store.json.outgrow', 'dirty.log')
})

afterEach(() => rm(folder, { recursive: true }))

async function start(): Promise<void> {
  await writeFile(path, JSON.stringify(emptyDocument, null, 2))
}

test('whenever the power is cut, acknowledged records are there, the file parses, and every new record is dirty', async () => {
  await start()
  const whole = new MercilessDisk()
  await workOn(whole, [])
  await whole.comeBack()
  expect(whole.steps.filter((step) => step === 'rename')).toHaveLength(4)
  for (let cutAt = 0; cutAt <= whole.steps.length; cutAt++) {
    await rm(folder, { recursive: true })
    folder = await mkdtemp(join(tmpdir(), 'outgrow-crash-'))
    path = join(folder, 'store.json')
    logPath = join(folder, 'store.json.outgrow', 'dirty.log')
    await start()
    const disk = new MercilessDisk(cutAt)
    const acknowledged: string[] = []
    await workOn(disk, acknowledged)
    await disk.comeBack()
    const found = JSON.parse(await readFile(path, 'utf8')) as { ideas: { id: string }[] }
    const ids = found.ideas.map(({ id }) => id)
    expect(ids, `cut before step ${cutAt} of ${whole.steps}`).toEqual(expect.arrayContaining(acknowledged))
    const log = await DirtyLog.open(logPath)
    const dirty = log.pending(100).map(({ key }) => key)
    expect(dirty, `cut before step ${cutAt} of ${whole.steps}`).toEqual(expect.arrayContaining(ids.map(keyOf)))
    expect(log.damaged).toBe(false)
    await log.close()
  }
})

/** Writes two records one after the other, then three at once; tells what was acknowledged. Ends when the disk is gone. */
async function workOn(disk: MercilessDisk, acknowledged: string[]): Promise<void> {
  await disk.knows(path)
  const marks = await DirtyLog.open(logPath, { disk }).catch(() => undefined)
  const store = marks && (await FileStore.open({ path, plan: sidePlan, disk, marks }).catch(() => undefined))
  if (store === undefined) return
  const side = new FileSide({ store, plan: sidePlan, epoch: () => 1 })
  const put = (id: string): Promise<void> =>
    side
      .transaction(act, (tx) => tx.put('ideas', keyOf(id), { id }))
      .then(
        () => void acknowledged.push(id),
        () => {},
      )
  for (const id of ['a', 'b']) await put(id)
  await Promise.all(['c', 'd', 'e'].map(put))
}
