import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonText, tapeOf, utf8 } from '../../test/helpers/json.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { OBJECT } from '../jsonstore/tape.ts'
import { HashList } from './hashes.ts'
import { absorbObjects, absorbValues } from './merge-profile.ts'
import { newObjectProfile, ValueProfile } from './profile.ts'
import { type ObjectData, objectData, type ValueData, valueData } from './profile-data.ts'

/** Profiles of a list's elements: of those that are objects, and of the others. */
function profileOf(elements: string[], keys = new KeyTable()) {
  const budget = { fields: 0 }
  const records = newObjectProfile(1, budget)
  const scalars = new ValueProfile(1, budget)
  records.onField = (field) => {
    if (/id$/i.test(field.name)) field.value.hashes = new HashList()
  }
  for (const element of elements) {
    const tape = tapeOf(utf8(element), keys)
    if (tape.kind(0) === OBJECT) records.observe(tape, 0)
    else scalars.observe(tape, 0)
  }
  return { records, scalars, keys }
}

/** What a profile says, but for what nobody asks of it: the order of hashes, and the ends of numbers that do not ascend. */
function said(data: ValueData): unknown {
  const { element, members, hashes, choices, ascending, firstNumber, lastNumber, ...counts } = data
  return {
    ...counts,
    ascending,
    ends: ascending ? [firstNumber, lastNumber] : [],
    hashes: hashes && [...hashes].sort(),
    choices: choices?.map(({ text, count }) => [Buffer.from(text).toString('latin1'), count]),
    element: element && said(element),
    members: members && saidOf(members),
  }
}

function saidOf({ count, fields }: ObjectData): unknown {
  return { count, fields: fields.map(({ name, seen, value }) => ({ name, seen, value: said(value) })) }
}

function expectSameProfile(elements: string[], at: number): void {
  const whole = profileOf(elements)
  const first = profileOf(elements.slice(0, at))
  const then = profileOf(elements.slice(at))
  absorbObjects(first.records, structuredClone(objectData(then.records)), first.keys)
  absorbValues(first.scalars, structuredClone(valueData(then.scalars)), first.keys)
  expect(saidOf(objectData(first.records))).toEqual(saidOf(objectData(whole.records)))
  expect(said(valueData(first.scalars))).toEqual(said(valueData(whole.scalars)))
}

const RUNS = 2_000

const text = fc.constantFrom(
  ...['', 'a', 'b', 'a\tb', '\\u0000', 'x'.repeat(41), 'y\t'.repeat(30), '7', '-1.5', '2024-02-29', '2023-02-30'],
  ...['2024-01-02T03:04:05Z', '2024-01-02T03:04:05.678Z', '2024-01-02T03:04:05.6Z'],
  '123e4567-e89b-12d3-a456-426614174000',
)
const value = fc.oneof(
  text.map((one) => JSON.stringify(one).replace('\\\\u', '\\u')),
  fc.integer({ min: 0, max: 9 }).map((digit) => `"choice ${digit}${digit > 4 ? digit : ''}"`),
  fc.constantFrom('null', 'true', '1', '2', '2.5', '-0', '1e400', '9007199254740993', '123456789012345678901', '[]'),
  fc.array(fc.integer(), { maxLength: 3 }).map((list) => JSON.stringify(list)),
  fc.array(text, { maxLength: 3 }).map((list) => JSON.stringify(list)),
  fc.record({ id: fc.nat(3), b: text }, { requiredKeys: [] }).map((inner) => JSON.stringify(inner)),
  fc.array(fc.record({ id: fc.nat(3) }), { maxLength: 2 }).map((list) => JSON.stringify(list)),
  jsonText,
)
const name = fc.constantFrom('id', 'userId', 'a', 'b', 'c', '__proto__', '\\ud800', 'é')
const record = fc
  .uniqueArray(fc.tuple(name, value), { selector: ([one]) => one, maxLength: 5 })
  .map((members) => `{${members.map(([key, one]) => `"${key}":${one}`).join()}}`)

test('a profile that takes in that of the records behind its own is the profile of all of them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 5, arbitrary: record }, jsonText), { maxLength: 12 }),
      fc.nat(12),
      expectSameProfile,
    ),
    { numRuns: RUNS },
  )
})

test('wherever a list of records that are all alike is cut', () => {
  fc.assert(
    fc.property(value, fc.nat(40), fc.boolean(), (same, at, ascends) => {
      const records = Array.from({ length: 40 }, (_, i) => `{"id":${ascends ? i : i % 39},"n":"${i}","same":${same}}`)
      expectSameProfile(records, at)
    }),
    { numRuns: RUNS / 10 },
  )
})
