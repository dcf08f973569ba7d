import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { Low } from 'lowdb'
import { afterEach, expect, test } from 'vitest'
import { adapterOn, type LowdbAdapter } from '../../src/rollout/lowdb/open.ts'
import type { Staged } from '../../src/rollout/open.ts'
import type { Stage } from '../../src/rollout/postgres/stage.ts'
import type { Json, JsonRecord } from '../../src/rollout/side.ts'
import { goTo, openStagedLab, type StagedLab } from '../helpers/staged.ts'
import { exportedText } from '../helpers/verbs.ts'

interface Data {
  ideas: JsonRecord[]
  systems: JsonRecord[]
  settings: Record<string, JsonRecord>
  links: JsonRecord[]
  profile: JsonRecord
  nextId?: Json
}

type Edit = (data: Data) => void

const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>
const members = fc.dictionary(fc.constantFrom('title', 'votes', 'tags', 'meta', 'author', 'comments', 'extra'), json)
const id = fc.nat(9).map((n) => `i${n}`)
const at = fc.nat(9)

const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(id, at, members).map(
    ([id, at, more]): Edit =>
      ({ ideas }) => {
        if (!ideas.some((one) => one.id === id)) ideas.splice(at, 0, { ...more, id })
      },
  ),
  fc.tuple(at, members).map(
    ([at, more]): Edit =>
      ({ ideas }) => {
        const idea = ideas[at % Math.max(1, ideas.length)]
        if (idea !== undefined) Object.assign(idea, { ...more, id: idea.id })
      },
  ),
  fc.tuple(at, fc.nat(3)).map(
    ([at, count]): Edit =>
      ({ ideas }) =>
        void ideas.splice(at, count),
  ),
  fc.tuple(at, at).map(
    ([from, to]): Edit =>
      ({ ideas }) =>
        void ideas.splice(to, 0, ...ideas.splice(from, 1)),
  ),
  fc.constant<Edit>(({ ideas }) => void ideas.reverse()),
  fc.constant<Edit>(({ systems }) => void systems.unshift({ id: systems.length, name: 'x' })),
  fc.constant<Edit>(({ systems }) => void systems.sort((a, b) => Number(a.id) - Number(b.id))),
  fc.tuple(id, members).map(
    ([id, more]): Edit =>
      ({ settings }) =>
        void Object.assign(settings, { [id]: more }),
  ),
  id.map(
    (id): Edit =>
      ({ settings }) =>
        void delete settings[id],
  ),
  fc.array(members, { maxLength: 3 }).map(
    (links): Edit =>
      (data) =>
        void Object.assign(data, { links }),
  ),
  members.map(
    (profile): Edit =>
      (data) =>
        void Object.assign(data, { profile }),
  ),
  json.map(
    (nextId): Edit =>
      (data) =>
        void Object.assign(data, { nextId }),
  ),
)

let lab: StagedLab
let staged: Staged
let adapter: LowdbAdapter<Data>

afterEach(async () => {
  await adapter.close()
  await lab.close()
})

/** The law: what the application holds is what is stored, in value and in the order of lists. */
function expectSame(stored: Data, wanted: Data): void {
  expect(stored).toEqual(wanted)
  expect(JSON.stringify(stored.ideas.map(({ id }) => id))).toBe(JSON.stringify(wanted.ideas.map(({ id }) => id)))
}

test.each<Stage>(['off', 'dualwrite', 'live', 'complete'])(
  'in %s any edits of a document give that document, in the file and in an export',
  async (stage) => {
    lab = await openStagedLab()
    staged = await lab.open()
    adapter = await adapterOn<Data>(staged)
    await goTo(staged, stage)
    const db = new Low<Data>(adapter, {} as Data)
    await db.read()
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(edits, { minLength: 1, maxLength: 4 }), { maxLength: 4 }), async (rounds) => {
        for (const round of rounds) {
          for (const edit of round) edit(db.data)
          const wanted = JSON.parse(JSON.stringify(db.data)) as Data
          await db.write()
          await staged.settle()
          if (stage !== 'complete') expectSame(JSON.parse(await readFile(lab.file, 'utf8')), wanted)
          if (stage !== 'off') expectSame(JSON.parse((await exportedText(lab.lab, lab.name)).toString()), wanted)
          await db.read()
          expectSame(db.data, wanted)
        }
      }),
      { numRuns: 25, endOnFailure: true },
    )
  },
)
