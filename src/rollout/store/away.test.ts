import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { emptyDocument } from '../../../test/contract/side-plan.ts'
import { type Gate, gateTo } from '../../../test/helpers/gate.ts'
import { goTo, openStagedLab, type StagedLab } from '../../../test/helpers/staged.ts'
import { breakGlass } from '../change/glass.ts'
import type { Staged } from '../open.ts'
import { readMemory } from '../stage/memory.ts'
import type { StoreOptions } from './api.ts'

interface Idea {
  id: string
  title?: string
}

let lab: StagedLab
let gate: Gate
let open: Staged[] = []

beforeEach(async () => {
  lab = await openStagedLab({ ...emptyDocument, ideas: [{ id: 'a', title: 'first' }] })
  gate = await gateTo(lab.lab.context.url)
})

afterEach(async () => {
  for (const staged of open) await staged.store.close()
  open = []
  await gate.close()
  await lab.close()
})

async function begin(more: Partial<StoreOptions> = {}): Promise<Staged> {
  const staged = await lab.open({ database: gate.url, ...more })
  open.push(staged)
  return staged
}

const ideasOf = ({ store }: Staged) => store.collection<Idea>('ideas')
const fileIds = async (): Promise<string[]> =>
  JSON.parse(await readFile(lab.file, 'utf8')).ideas.map(({ id }: Idea) => id)

describe('PostgreSQL goes away', () => {
  test.each(['dualwrite', 'shadow'] as const)(
    'in %s: callers never notice, and it is brought up to date later',
    async (stage) => {
      const staged = await begin()
      await goTo(staged, stage)
      await gate.shut()
      for (let at = 0; at < 30; at++) await ideasOf(staged).insert({ id: `n${at}` })
      await ideasOf(staged).remove('n0')
      expect(await ideasOf(staged).count()).toBe(30)
      expect((await staged.store.status()).dirty.keys).toBe(30)
      await gate.open()
      await vi.waitUntil(async () => (await staged.store.status()).dirty.keys === 0, { timeout: 30_000 })
      const [row] = await lab.lab.query<{ ids: string }>('select count(*)::text as ids from side_contract.ideas')
      expect(row?.ids).toBe('30')
    },
  )

  test('in dualwrite: a service starts without it', async () => {
    const first = await begin()
    await goTo(first, 'dualwrite')
    await first.store.close()
    open = []
    await gate.shut()
    const staged = await begin()
    await ideasOf(staged).insert({ id: 'b' })
    expect(await staged.store.status()).toMatchObject({ stage: 'dualwrite', dirty: { keys: 1 } })
    await gate.open()
    await vi.waitUntil(async () => (await staged.store.status()).dirty.keys === 0, { timeout: 30_000 })
  })

  test('in live: a service does not start without it, and is told what to do', async () => {
    const first = await begin()
    await goTo(first, 'live')
    await first.store.close()
    open = []
    await gate.shut()
    await expect(begin()).rejects.toMatchObject({
      code: 'target-unreachable',
      next: expect.stringContaining('--without-postgres'),
    })
  })

  test('in live: reads of clean keys come from the file and say so, writes are unavailable, and both recover', async () => {
    const staged = await begin()
    await goTo(staged, 'live')
    await ideasOf(staged).insert({ id: 'b' })
    await gate.shut()
    const answer = {}
    expect(await ideasOf(staged).get('b', { answer })).toEqual({ id: 'b' })
    expect(answer).toEqual({ side: 'file', fallback: true })
    expect(await ideasOf(staged).find()).toHaveLength(2)
    await expect(ideasOf(staged).insert({ id: 'c' })).rejects.toMatchObject({ code: 'unavailable' })
    // Whether that insert was done is not known, so the file may not answer for it.
    await expect(ideasOf(staged).get('c')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(ideasOf(staged).find()).rejects.toMatchObject({ code: 'unavailable' })
    expect(await ideasOf(staged).get('a')).toEqual({ id: 'a', title: 'first' })
    await gate.open()
    await vi.waitUntil(async () => (await staged.store.status()).postgres === 'closed', { timeout: 30_000 })
    await ideasOf(staged).insert({ id: 'd' })
    await vi.waitUntil(
      async () =>
        !(await ideasOf(staged)
          .get('c')
          .catch(() => true)),
      { timeout: 30_000 },
    )
    expect((await staged.store.status()).fallbackReads).toBe(3)
  })

  test('in rampdown: reads do not fall back', async () => {
    const staged = await begin()
    await goTo(staged, 'rampdown')
    await gate.shut()
    await expect(ideasOf(staged).get('a')).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('The glass', () => {
  test('is not broken while PostgreSQL answers, nor in a stage in which the file is the authority', async () => {
    const staged = await begin()
    await goTo(staged, 'live')
    await expect(breakGlass(staged.scene.parts, 'ana', 'why')).rejects.toMatchObject({ code: 'refused' })
    await goTo(staged, 'shadow')
    await gate.shut()
    await expect(breakGlass(staged.scene.parts, 'ana', 'why')).rejects.toMatchObject({ code: 'refused' })
  })

  test('makes the file the authority; PostgreSQL is fenced to it when it is back, and what nobody was told of is listed', async () => {
    const staged = await begin()
    await goTo(staged, 'live')
    await ideasOf(staged).insert({ id: 'acknowledged' })
    const { epoch } = staged.scene.parts.present
    await gate.shut()
    // What a writer elsewhere had committed and could tell nobody.
    await lab.lab.query(
      `begin; set local outgrow.epoch = '${epoch}'; insert into side_contract.ideas (id) values ('unheard of'); commit`,
    )
    await breakGlass(staged.scene.parts, 'ana', 'the server burnt down')
    expect(await staged.store.status()).toMatchObject({ stage: 'shadow', epoch: epoch + 1, authority: 'file' })
    await ideasOf(staged).insert({ id: 'after' })
    await gate.open()
    await vi.waitUntil(async () => (await rowEpoch()) === epoch + 1, { timeout: 30_000 })
    await vi.waitUntil(async () => (await memoryOf(staged))?.glass === undefined, { timeout: 30_000 })
    await staged.settle()
    expect(await fileIds()).toEqual(['a', 'acknowledged', 'after'])
    const rows = await lab.lab.query<{ id: string }>('select id from side_contract.ideas order by id')
    expect(rows.map(({ id }) => id)).toEqual(['a', 'acknowledged', 'after'])
    const list = await readFile(`${lab.file}.outgrow/reconciled-epoch-${epoch + 1}.jsonl`, 'utf8')
    expect(
      list
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toContainEqual({
      collection: 'ideas',
      key: '"unheard of"',
      postgres: { id: 'unheard of', status: null },
      file: null,
    })
    const audit = await lab.lab.query(`select actor, act from outgrow.audit_log where act = 'break-glass'`)
    expect(audit).toEqual([{ actor: 'ana', act: 'break-glass' }])
  })

  test('stays broken when the service starts again before PostgreSQL is back', async () => {
    const first = await begin()
    await goTo(first, 'live')
    await gate.shut()
    await breakGlass(first.scene.parts, 'ana', 'why')
    await ideasOf(first).insert({ id: 'b' })
    await first.store.close()
    open = []
    const staged = await begin()
    expect(await staged.store.status()).toMatchObject({ stage: 'shadow', authority: 'file' })
    await ideasOf(staged).insert({ id: 'c' })
    await gate.open()
    await vi.waitUntil(async () => (await memoryOf(staged))?.glass === undefined, { timeout: 30_000 })
    await staged.settle()
    expect(await fileIds()).toEqual(['a', 'b', 'c'])
    const rows = await lab.lab.query<{ id: string }>('select id from side_contract.ideas order by id')
    expect(rows.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })
})

async function rowEpoch(): Promise<number> {
  const [row] = await lab.lab.query<{ epoch: string }>('select epoch from outgrow.stage where name = $1', [lab.name])
  return Number(row?.epoch)
}

function memoryOf(staged: Staged): ReturnType<typeof readMemory> {
  return readMemory(staged.scene.parts.file?.owner.folder ?? '')
}
