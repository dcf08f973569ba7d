import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { emptyDocument } from '../../test/contract/side-plan.ts'
import { goTo, openStagedLab, type StagedLab } from '../../test/helpers/staged.ts'
import type { Staged } from './open.ts'
import { STAGES, type Stage } from './postgres/stage.ts'

interface Idea {
  id: string
  title?: string
  votes?: number
}

let lab: StagedLab | undefined
let staged: Staged | undefined

afterEach(async () => {
  await staged?.store.close()
  await lab?.close()
  staged = undefined
  lab = undefined
})

const document = {
  ...emptyDocument,
  ideas: [
    { id: 'a', title: 'first' },
    { id: 'b', votes: 2 },
  ],
  nextId: 3,
}

async function begin(): Promise<{ lab: StagedLab; staged: Staged }> {
  lab = await openStagedLab(document)
  staged = await lab.open()
  return { lab, staged }
}

async function fileNow(): Promise<typeof document> {
  return JSON.parse(await readFile(lab?.file ?? '', 'utf8'))
}

describe('A store under way', () => {
  test('keeps every write from off to complete, and both sides equal where there are two', async () => {
    const { staged } = await begin()
    const ideas = staged.store.collection<Idea>('ideas')
    const counter = staged.store.whole<number>('nextId')
    let expected = 2
    for (const stage of STAGES) {
      await goTo(staged, stage)
      expect((await staged.store.status()).stage).toBe(stage)
      await ideas.insert({ id: stage, votes: 1 })
      await ideas.update('b', (idea) => ({ ...idea, title: stage }))
      await counter.set(++expected)
      expect(await ideas.get(stage)).toEqual({ id: stage, votes: 1 })
      expect(await ideas.get('b')).toEqual({ id: 'b', votes: 2, title: stage })
      expect(await ideas.count()).toBe(expected)
      expect(await counter.get()).toBe(expected)
      if (stage !== 'off' && stage !== 'complete') {
        await staged.settle()
        expect(await rowsOf()).toEqual((await fileNow()).ideas.map(({ id }) => id).sort())
      }
    }
    expect((await fileNow()).ideas.map(({ id }) => id)).not.toContain('complete')
  })

  test('goes back from live to off, and the file has what was written in PostgreSQL', async () => {
    const { staged } = await begin()
    const ideas = staged.store.collection<Idea>('ideas')
    await goTo(staged, 'live')
    await ideas.insert({ id: 'new', title: 'in live' })
    await ideas.remove('a')
    await goTo(staged, 'off')
    expect((await fileNow()).ideas).toEqual([
      { id: 'b', votes: 2 },
      { id: 'new', title: 'in live' },
    ])
    await ideas.insert({ id: 'off again' })
    expect(await ideas.count()).toBe(3)
  })

  test.each(['off', 'dualwrite', 'shadow', 'live', 'rampdown', 'complete'] satisfies Stage[])(
    'in stage %s is opened again as it was',
    async (stage) => {
      const { lab, staged: first } = await begin()
      await goTo(first, stage)
      await first.store.collection<Idea>('ideas').insert({ id: 'c' })
      await first.store.close()
      staged = await lab.open()
      expect(await staged.store.status()).toMatchObject({ stage, owner: stage !== 'complete' })
      expect(await staged.store.collection<Idea>('ideas').get('c')).toEqual({ id: 'c' })
      await staged.store.collection<Idea>('ideas').insert({ id: 'd' })
      expect(await staged.store.collection<Idea>('ideas').count()).toBe(4)
    },
  )

  test('takes several records together or none, in every stage', async () => {
    const { staged } = await begin()
    for (const stage of STAGES) {
      await goTo(staged, stage)
      const failed = staged.store.transaction(async (tx) => {
        await tx.collection<Idea>('ideas').insert({ id: 'half' })
        await tx.whole<number>('nextId').set(99)
        await tx.collection<Idea>('ideas').insert({ id: 'a' })
      })
      await expect(failed).rejects.toMatchObject({ code: 'conflict' })
      expect(await staged.store.collection<Idea>('ideas').get('half')).toBeUndefined()
      expect(await staged.store.whole<number>('nextId').get()).toBe(3)
    }
  })

  test('answers a retry as it answered first, also when the authority changed in between', async () => {
    const { staged } = await begin()
    const ideas = staged.store.collection<Idea>('ideas')
    const vote = (key: string): Promise<Idea | undefined> =>
      ideas.update('b', (idea) => ({ ...idea, votes: (idea.votes ?? 0) + 1 }), { idempotencyKey: key, request: 'vote' })
    await goTo(staged, 'shadow')
    expect(await vote('one')).toMatchObject({ votes: 3 })
    expect(await vote('one')).toMatchObject({ votes: 3 })
    await goTo(staged, 'live')
    expect(await vote('one')).toMatchObject({ votes: 3 })
    expect(await vote('two')).toMatchObject({ votes: 4 })
    await goTo(staged, 'shadow')
    expect(await vote('two')).toMatchObject({ votes: 4 })
    expect(await ideas.get('b')).toMatchObject({ votes: 4 })
    await expect(ideas.remove('a', { idempotencyKey: 'two', request: 'other' })).rejects.toMatchObject({
      code: 'conflict',
    })
  })
})

async function rowsOf(): Promise<string[]> {
  const rows = await lab?.lab.query<{ id: string }>('select id from side_contract.ideas order by id collate "C"')
  return rows?.map(({ id }) => id) ?? []
}
