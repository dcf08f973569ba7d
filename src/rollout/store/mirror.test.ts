import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { emptyDocument } from '../../../test/contract/side-plan.ts'
import { goTo, openStagedLab, type StagedLab } from '../../../test/helpers/staged.ts'
import { answerAsk } from '../change/answer.ts'
import { changeTo } from '../change/change.ts'
import type { Staged } from '../open.ts'
import { openDeadLetters } from '../postgres/dead-letter.ts'
import { sweepAll } from './sweep.ts'

interface Idea {
  id: string
  title?: string
  votes?: number
}

let lab: StagedLab
let staged: Staged

afterEach(async () => {
  await staged.store.close()
  await lab.close()
})

async function begin(ideas: Idea[] = [{ id: 'a', title: 'first' }]): Promise<void> {
  lab = await openStagedLab({ ...emptyDocument, ideas })
  staged = await lab.open()
}

const ideasOf = () => staged.store.collection<Idea>('ideas')
const asMirror = (statement: string): Promise<unknown> =>
  lab.lab.query(
    `begin; set local outgrow.epoch = '${staged.scene.parts.present.epoch}'; set local outgrow.writer = 'mirror';
     ${statement}; commit`,
  )

describe('Mirroring', () => {
  test('a backfill does not bring back what is deleted meanwhile, nor lose what is written', async () => {
    await begin(Array.from({ length: 1500 }, (_, at) => ({ id: `i${at}`, votes: at })))
    const change = goTo(staged, 'dualwrite')
    await vi.waitUntil(() => staged.scene.parts.present.stage === 'dualwrite')
    for (let at = 0; at < 100; at++) {
      await ideasOf().remove(`i${at * 3}`)
      await ideasOf().update(`i${at * 3 + 1}`, (idea) => ({ ...idea, votes: -1 }))
      await ideasOf().insert({ id: `new${at}` })
      if (at % 2 === 0) await ideasOf().insert({ id: `i${at * 3}`, title: 'again' })
    }
    await change
    await staged.settle()
    expect(await sweepAll(staged.scene.parts)).toMatchObject({
      // The three collections without keys are one record each.
      records: 1553,
      differences: 0,
      restless: 0,
    })
  })

  test('a record that PostgreSQL refuses is a dead letter with its reason, keeps the gate red, and is settled once it is mended', async () => {
    await begin()
    await lab.lab.query('create unique index one_title on side_contract.ideas (title)')
    await goTo(staged, 'dualwrite')
    await ideasOf().insert({ id: 'b', title: 'first' })
    await ideasOf().insert({ id: 'c', title: 'third' })
    const letters = () => openDeadLetters(staged.scene.parts.postgres?.pool as never, lab.name)
    await vi.waitUntil(async () => (await letters()).count === 1, { timeout: 20_000 })
    expect((await letters()).letters[0]).toMatchObject({
      collection: 'ideas',
      key: '"b"',
      reason: expect.stringContaining('one_title'),
    })
    await staged.settle()
    expect(await lab.lab.query(`select id from side_contract.ideas where id = 'c'`)).toHaveLength(1)
    staged.scene.isRehearsal = false
    const refused = await changeTo(staged.scene, { to: 'shadow', by: 'ana', why: 'test' })
    expect('gates' in refused && refused.gates.find(({ id }) => id === 'dead-letters')).toMatchObject({ ok: false })
    await ideasOf().update('b', (idea) => ({ ...idea, title: 'second' }))
    await vi.waitUntil(async () => (await letters()).count === 0, { timeout: 20_000 })
  })

  test('in live, a write past outgrow under the right epoch reaches the file as well', async () => {
    await begin()
    await goTo(staged, 'live')
    const { epoch } = staged.scene.parts.present
    await lab.lab.query(
      `begin; set local outgrow.epoch = '${epoch}'; update side_contract.ideas set title = 'by hand'; commit`,
    )
    await vi.waitUntil(async () => (await readFile(lab.file, 'utf8')).includes('by hand'), { timeout: 20_000 })
    const undeclared = lab.lab.query(`update side_contract.ideas set title = 'undeclared'`)
    await expect(undeclared).rejects.toThrow(/is refused: store/)
  })

  test('acknowledged in live with mirror sync means: it is in the file', async () => {
    await begin()
    await goTo(staged, 'live')
    await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        await ideasOf().insert({ id: `s${at}` })
        expect(await readFile(lab.file, 'utf8')).toContain(`"s${at}"`)
      }),
    )
  })
})

describe('Comparing', () => {
  test('two sides that agree show no difference under load, and one wrong field in ten thousand records is found', async () => {
    await begin(Array.from({ length: 10_000 }, (_, at) => ({ id: `i${at}`, votes: at })))
    await goTo(staged, 'shadow')
    const { traffic } = staged.scene.parts
    for (let round = 0; round < 40; round++) {
      const id = `i${round * 7}`
      await Promise.all([
        ideasOf().update(id, (idea) => ({ ...idea, votes: (idea.votes ?? 0) + 1 })),
        ideasOf().get(id),
        ideasOf().get(`i${round}`),
        ideasOf().find({ where: { votes: { lt: 5 } }, limit: 3 }),
      ])
    }
    await staged.scene.comparer.settle()
    expect(traffic.figures().compares).toMatchObject({ differences: 0 })
    expect(traffic.figures().compares.done).toBeGreaterThan(20)
    await staged.settle()
    await asMirror(`update side_contract.ideas set votes = -7 where id = 'i9999'`)
    await ideasOf().get('i9999')
    await staged.scene.comparer.settle()
    expect(traffic.figures().compares).toMatchObject({ differences: 1 })
    expect(traffic.differences()[0]).toMatchObject({ collection: 'ideas', what: 'ideas "i9999"' })
    expect(await sweepAll(staged.scene.parts)).toMatchObject({
      differences: 1,
      listed: [{ collection: 'ideas', key: '"i9999"', kind: 'different' }],
    })
  })

  test('in shadow a share of the reads of clean keys comes from PostgreSQL, the same keys each time', async () => {
    await begin(Array.from({ length: 200 }, (_, at) => ({ id: `i${at}` })))
    await goTo(staged, 'shadow')
    const share = (serveNew: number) => answerAsk(staged.scene, { act: 'set', by: 'ana', serveNew })
    const sides = async (): Promise<(string | undefined)[]> => {
      const all: (string | undefined)[] = []
      for (let at = 0; at < 200; at++) {
        const answer: { side?: 'file' | 'postgres' } = {}
        await ideasOf().get(`i${at}`, { answer })
        all.push(answer.side)
      }
      return all
    }
    await share(30)
    const first = await sides()
    const served = first.filter((side) => side === 'postgres').length
    expect(served).toBeGreaterThan(30)
    expect(served).toBeLessThan(90)
    expect(await sides()).toEqual(first)
    await share(0)
    expect(await sides()).not.toContain('postgres')
  })
})
