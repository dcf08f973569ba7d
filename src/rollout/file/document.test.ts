import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sidePlan } from '../../../test/contract/side-plan.ts'
import { keyOf } from '../key.ts'
import type { JsonRecord } from '../side.ts'
import { FileDocument, putWhole } from './document.ts'
import { Layer, type Records } from './records.ts'

const plan = sidePlan.collections

/** What LowDB would do: a list in which a record is replaced where it stands, and a new one goes last. */
class Model {
  ideas: JsonRecord[] = []

  put(id: number, record: JsonRecord): void {
    const at = this.ideas.findIndex((one) => one.id === `${id}`)
    if (at < 0) this.ideas.push(record)
    else this.ideas[at] = record
  }

  remove(id: number): void {
    this.ideas = this.ideas.filter((one) => one.id !== `${id}`)
  }

  arrange(ids: string[]): void {
    const place = ({ id }: JsonRecord): number => (ids.includes(id as string) ? ids.indexOf(id as string) : ids.length)
    this.ideas = this.ideas.toSorted((a, b) => place(a) - place(b))
  }
}

type Write = { id: number; votes: number | null } | { arrange: number[] }

const change = fc.record({ id: fc.nat(300), votes: fc.option(fc.nat(9)) })
const arrangement = fc.record({ arrange: fc.uniqueArray(fc.nat(300), { maxLength: 9 }) })
const writes = fc.array(fc.oneof({ weight: 6, arbitrary: change }, { weight: 1, arbitrary: arrangement }), {
  maxLength: 40,
})

function write(document: FileDocument, records: Records, model: Model, one: Write): void {
  if ('arrange' in one) {
    const ids = one.arrange.map(String)
    records.arrange('ideas', ids.map(keyOf))
    model.arrange(ids)
    return
  }
  const { id, votes } = one
  const record = { id: `${id}`, votes, text: '\n' }
  if (votes === null) {
    records.remove('ideas', keyOf(`${id}`))
    model.remove(id)
  } else {
    records.put('ideas', keyOf(`${id}`), document.slot('ideas', record))
    model.put(id, record)
  }
}

test('after any writes, in layers upon layers, the bytes are those of JSON.stringify and the order is LowDB’s', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 250 }),
      fc.array(fc.tuple(writes, writes), { maxLength: 6 }),
      (size, rounds) => {
        const document = new FileDocument('object', plan)
        putWhole(document, 'version', 1)
        document.member('ideas')
        const model = new Model()
        for (let id = 0; id < size; id++) write(document, document, model, { id, votes: 1 })
        for (const [inner, outer] of rounds) {
          const group = new Layer(document)
          const draft = new Layer(group)
          for (const one of inner) write(document, draft, model, one)
          draft.applyTo(group)
          const second = new Layer(group)
          for (const one of outer) write(document, second, model, one)
          expect([...second.entries('ideas')].map(([, { value }]) => value)).toEqual(model.ideas)
          second.applyTo(group)
          const expected = JSON.stringify({ version: 1, ideas: model.ideas }, null, 2)
          expect(document.bytesWith(group).toString()).toBe(expected)
          group.applyTo(document)
          expect(document.bytesWith(new Layer(document)).toString()).toBe(expected)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('a layer that is dropped leaves nothing', () => {
  const document = new FileDocument('object', plan)
  write(document, document, new Model(), { id: 1, votes: 1 })
  const before = document.bytesWith(new Layer(document)).toString()
  const draft = new Layer(document)
  for (const one of [
    { id: 1, votes: 2 },
    { id: 2, votes: 1 },
    { id: 1, votes: null },
  ])
    write(document, draft, new Model(), one)
  expect(document.bytesWith(draft).toString()).not.toBe(before)
  expect(document.bytesWith(new Layer(document)).toString()).toBe(before)
})
