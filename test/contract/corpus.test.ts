import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ExactValue, exactDifferences, parseExact } from '../helpers/exact-json.ts'
import { type Lab, move, moved, openLab, roundTrip } from '../helpers/verbs.ts'

/** Stores of public projects, kept beside the repository and never in it. */
const CORPUS = join(import.meta.dirname, '../../../shared/corpus')
/** Our own, with the same traits; always there. */
const FIXTURES = join(import.meta.dirname, '../fixtures/stores')

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

const hasCorpus = existsSync(CORPUS)
const filesIn = (folder: string): [string, string][] =>
  existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((name) => [name, join(folder, name)])
    : []

test('the corpus of real stores is there, or it is said that only our own fixtures were tried', (context) => {
  expect(filesIn(FIXTURES).length).toBeGreaterThanOrEqual(25)
  if (!hasCorpus)
    context.skip('NO CORPUS OF REAL STORES AT ../shared/corpus: only the fixtures in test/fixtures/stores were tried')
  expect(filesIn(join(CORPUS, 'stores')).length).toBeGreaterThanOrEqual(56)
  expect(filesIn(join(CORPUS, 'invalid')).length).toBeGreaterThanOrEqual(23)
  expect(filesIn(join(CORPUS, 'nedb')).length).toBeGreaterThanOrEqual(3)
})

describe.each([['our own', join(FIXTURES)], ...(hasCorpus ? [['real', CORPUS]] : [])])(
  '%s stores',
  (_name, root = '') => {
    const stores = filesIn(root === FIXTURES ? root : join(root, 'stores')).filter(([name]) => name.endsWith('.json'))

    test.each(stores.filter(([name]) => !hasDuplicates(name)))('%s comes back equal', async (_file, path) => {
      await roundTrip(lab, { path })
    })

    test.each(stores.filter(([name]) => hasDuplicates(name)))(
      '%s is refused, or the last of each member moved',
      async (_file, path) => {
        await expect(move(lab, path)).rejects.toMatchObject({
          code: 'source-damaged',
          exit: 5,
          place: expect.stringMatching(/^byte \d+$/),
        })
        const trip = await moved(lab, { path }, { duplicateKeys: 'last' })
        expect(trip.plan.notes.map((note) => note.id)).toContain('duplicate-member')
        // JSON.parse keeps the last, and is right about everything else in these files.
        expect(JSON.parse(trip.exported.toString())).toEqual(JSON.parse(readFileSync(path, 'utf8')))
        await trip.undo()
      },
    )

    test.each(filesIn(join(root, 'nedb')))('%s: the log comes back as its current records', async (_file, path) => {
      const trip = await moved(lab, { path })
      expect(trip.plan.document).toBe('nedb')
      expect(exactDifferences(currentRecords(readFileSync(path)), currentRecords(trip.exported))).toEqual([])
      await trip.undo()
    })

    test.each(filesIn(join(root, 'invalid')))(
      '%s is refused with its place, or its mark is noted',
      async (name, path) => {
        if (/bom/.test(name)) {
          const trip = await roundTrip(lab, { path })
          expect(trip.plan.notes.map((note) => note.id)).toContain('byte-order-mark')
          return
        }
        await expect(move(lab, path)).rejects.toMatchObject({
          code: 'source-damaged',
          exit: 5,
          place: expect.stringMatching(/^byte \d+$/),
          next: expect.stringMatching(/\w/),
        })
      },
    )
  },
)

function hasDuplicates(name: string): boolean {
  return name.startsWith('108-') || name.includes('duplicate-members')
}

/** The tests' own reading of a NeDB log: the last line of each `_id` counts, `$$deleted` removes, index lines are kept. */
function currentRecords(log: Buffer): ExactValue {
  const records = new Map<string, ExactValue>()
  const indexes = new Map<string, ExactValue>()
  for (const line of log.toString('utf8').split('\n')) {
    if (line.trim() === '') continue
    const value = parseExact(line)
    const members = value !== null && typeof value === 'object' && 'object' in value ? value.object : new Map()
    const id = JSON.stringify(members.get('_id'))
    if (members.has('$$indexCreated')) indexes.set(JSON.stringify([...members]), value)
    else if (members.has('$$deleted')) records.delete(id)
    else records.set(id, value)
  }
  return { list: [{ list: [...records.values()] }, { list: [...indexes.values()] }] }
}
