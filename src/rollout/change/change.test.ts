import { writeFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { emptyDocument } from '../../../test/contract/side-plan.ts'
import { goTo, openStagedLab, type StagedLab } from '../../../test/helpers/staged.ts'
import { listAudit } from '../../journal/audit.ts'
import { connect } from '../../postgres/connect.ts'
import { doctor } from '../../verbs/doctor.ts'
import type { Staged } from '../open.ts'
import { readMemory } from '../stage/memory.ts'
import { changeTo } from './change.ts'
import type { ChangeOutcome } from './under-way.ts'

interface Idea {
  id: string
  title?: string
}

let lab: StagedLab
let open: Staged[] = []

afterEach(async () => {
  for (const staged of open) await staged.store.close()
  open = []
  await lab.close()
})

async function begin(more: Parameters<StagedLab['open']>[0] = {}): Promise<Staged> {
  lab = await openStagedLab({ ...emptyDocument, ideas: [{ id: 'a', title: 'first' }] })
  return again(more)
}

async function again(more: Parameters<StagedLab['open']>[0] = {}): Promise<Staged> {
  const staged = await lab.open(more)
  open.push(staged)
  return staged
}

const request = { by: 'ana', why: 'a test' }
function redOf(outcome: ChangeOutcome): string[] {
  return 'gates' in outcome ? outcome.gates.filter(({ ok, fix }) => !ok && fix !== '').map(({ id }) => id) : []
}

const ideasOf = ({ store }: Staged) => store.collection<Idea>('ideas')

test('no stage is skipped, and none follows complete', async () => {
  const staged = await begin()
  await expect(changeTo(staged.scene, { to: 'shadow', ...request })).rejects.toMatchObject({
    code: 'refused',
    next: 'From off it can go to dualwrite.',
  })
  await goTo(staged, 'complete')
  const back = changeTo(staged.scene, { to: 'rampdown', ...request })
  await expect(back).rejects.toMatchObject({ code: 'refused', next: expect.stringContaining('outgrow export') })
})

test('a red gate refuses the step with the whole checklist, and changes nothing', async () => {
  const staged = await begin()
  staged.scene.isRehearsal = false
  const first = await changeTo(staged.scene, { to: 'dualwrite', dryRun: true, ...request })
  expect(redOf(first)).toEqual([])
  staged.scene.isRehearsal = true
  await goTo(staged, 'dualwrite')
  staged.scene.isRehearsal = false
  const refused = await changeTo(staged.scene, { to: 'shadow', ...request })
  expect(refused).toMatchObject({ outcome: 'refused', from: 'dualwrite', to: 'shadow' })
  expect(redOf(refused)).toEqual(['calm', 'verification'])
  expect(await staged.store.status()).toMatchObject({ stage: 'dualwrite' })
})

test('a dry run prints gates and steps, and changes nothing', async () => {
  const staged = await begin()
  await goTo(staged, 'shadow')
  const dry = await changeTo(staged.scene, { to: 'live', dryRun: true, ...request })
  expect(dry).toMatchObject({ outcome: 'dry-run' })
  expect('steps' in dry && dry.steps.map(({ id }) => id)).toEqual([
    'sweep',
    'drain-first',
    'hold',
    'drain',
    'verify',
    'intend',
    'swap',
    'remember',
    'recheck',
    'release',
  ])
  expect(await staged.store.status()).toMatchObject({ stage: 'shadow', held: false })
})

test('a record that differs keeps the store from going live; repaired, with both records on the audit log, it goes', async () => {
  const staged = await begin()
  await goTo(staged, 'shadow')
  await plant(`update side_contract.ideas set title = 'planted' where id = 'a'`, staged.scene.parts.present.epoch)
  await expect(changeTo(staged.scene, { to: 'live', ...request })).rejects.toMatchObject({
    code: 'differences',
    place: 'ideas "a" (different)',
  })
  expect(await staged.store.status()).toMatchObject({ stage: 'shadow', held: false, refused: undefined })
  await ideasOf(staged).insert({ id: 'still written' })
  const { repairStore } = await import('./repair.ts')
  expect(await repairStore(staged.scene.parts, 'ana', 'it was planted')).toMatchObject({ repaired: 1 })
  const audit = await withConnection((sql) => listAudit(sql, { store: lab.name, limit: 50 }))
  const entry = audit.find(({ act }) => act === 'repair')
  expect(entry).toMatchObject({ actor: 'ana' })
  expect(JSON.stringify(entry)).toContain('planted')
  await goTo(staged, 'live')
  expect(await ideasOf(staged).find()).toEqual([{ id: 'a', title: 'first' }, { id: 'still written' }])
})

test('a writer that does not end keeps the stage as it is, and a later change succeeds', async () => {
  const staged = await begin({ timing: { hold: 300 } })
  await goTo(staged, 'shadow')
  let end = (): void => {}
  const stuck = staged.store.transaction(async (tx) => {
    await tx.collection<Idea>('ideas').insert({ id: 'slow' })
    await new Promise<void>((resolve) => {
      end = resolve
    })
  })
  await expect(changeTo(staged.scene, { to: 'live', ...request })).rejects.toMatchObject({ code: 'locked' })
  expect(await staged.store.status()).toMatchObject({ stage: 'shadow', held: false })
  end()
  await stuck
  await goTo(staged, 'live')
  expect(await ideasOf(staged).get('slow')).toEqual({ id: 'slow' })
})

test('writes that come during a change wait for it, and are done under the new stage', async () => {
  const staged = await begin()
  await goTo(staged, 'shadow')
  const ids = Array.from({ length: 40 }, (_, at) => `w${at}`)
  const writing = Promise.all(ids.map((id) => ideasOf(staged).insert({ id })))
  await goTo(staged, 'live')
  await writing
  await goTo(staged, 'shadow')
  expect(await ideasOf(staged).count()).toBe(41)
})

test('a stage that somebody else changed meanwhile is not changed again', async () => {
  const staged = await begin({ timing: { poll: 60_000 } })
  await goTo(staged, 'dualwrite')
  await withConnection(async (sql) => {
    await sql.query(`update outgrow.stage set epoch = epoch + 1 where name = $1`, [lab.name])
  })
  await expect(changeTo(staged.scene, { to: 'shadow', ...request })).rejects.toMatchObject({ code: 'stale-epoch' })
})

test.each(['hold', 'drain', 'verify', 'intend', 'swap', 'remember', 'recheck', 'release'])(
  'an owner that dies after step %s of the cutover leaves one of the two stages, whole',
  async (step) => {
    const died = new Error('killed')
    const staged = await begin({
      failpoint: (name) => {
        if (name === `change-live-${step}`) throw died
      },
    })
    await goTo(staged, 'shadow')
    await expect(goTo(staged, 'live')).rejects.toThrow(died)
    await staged.store.close()
    open = []
    const next = await again()
    const { stage } = await next.store.status()
    expect(stage).toBe(['hold', 'drain', 'verify', 'intend'].includes(step) ? 'shadow' : 'live')
    await ideasOf(next).insert({ id: 'after' })
    await goTo(next, 'live')
    expect(await ideasOf(next).count()).toBe(2)
    expect((await readMemory(next.scene.parts.file?.owner.folder ?? ''))?.changing).toBeUndefined()
  },
)

test('lists stand in the same order on both sides after each change of authority', async () => {
  const staged = await begin()
  await goTo(staged, 'shadow')
  for (const id of ['b', 'c', 'd']) await ideasOf(staged).insert({ id })
  await staged.settle()
  await staged.store.transaction(async (tx) => {
    await tx.collection<Idea>('ideas').remove('b')
    await tx.collection<Idea>('ideas').insert({ id: 'b' })
  })
  await goTo(staged, 'live')
  const rows = await lab.lab.query<{ id: string }>('select id from side_contract.ideas order by _position')
  expect(rows.map(({ id }) => id)).toEqual(['a', 'c', 'd', 'b'])
})

test('a file that another program wrote keeps the store from being mirrored any further, and is not overwritten', async () => {
  const staged = await begin()
  await goTo(staged, 'shadow')
  await writeFile(lab.file, JSON.stringify({ ...emptyDocument, ideas: [{ id: 'theirs' }] }))
  await expect(ideasOf(staged).insert({ id: 'ours' })).rejects.toMatchObject({ code: 'source-changed' })
  staged.scene.isRehearsal = false
  const refused = await changeTo(staged.scene, { to: 'live', ...request })
  expect('gates' in refused && refused.gates.find(({ id }) => id === 'file')).toMatchObject({ ok: false })
})

test('doctor tells the stage, and finds a fence that was dropped', async () => {
  const staged = await begin()
  const seen = async (): Promise<(string | boolean)[][]> =>
    (await doctor(lab.lab.context)).checks.filter(({ id }) => id.includes(lab.name)).map(({ id, ok }) => [id, ok])
  expect(await seen()).toEqual([])
  await goTo(staged, 'shadow')
  const known = [`stage:${lab.name}`, `fence:${lab.name}`, `dead-letters:${lab.name}`]
  expect(await seen()).toEqual(known.map((id) => [id, true]))
  await lab.lab.query('drop trigger outgrow_fence on side_contract.systems')
  expect(await seen()).toContainEqual([`fence:${lab.name}`, false])
})

async function withConnection<T>(fn: (sql: Awaited<ReturnType<typeof connect>>) => Promise<T>): Promise<T> {
  const connection = await connect(lab.lab.context.url)
  try {
    return await fn(connection)
  } finally {
    await connection.end()
  }
}

/** A write past outgrow that knows how to pass the fence. */
async function plant(statement: string, epoch: number): Promise<void> {
  await withConnection(async (sql) => {
    await sql.query('begin')
    await sql.query(`set local outgrow.epoch = '${epoch}'`)
    await sql.query(`set local outgrow.writer = 'mirror'`)
    await sql.query(statement)
    await sql.query('commit')
  })
}
