import type { HashList } from './hashes.ts'
import type { ObjectProfile } from './object-profile.ts'
import type { ValueProfile } from './profile.ts'

/** Counts that simply add up. */
export const SUMS = [
  'nulls',
  'booleans',
  'numbers',
  'strings',
  'lists',
  'emptyLists',
  'objects',
  'bigints',
  'doubles',
  'giants',
  'negativeZeros',
  'numericTexts',
  'emptyTexts',
  'unfitTexts',
] as const

/** Counts that stop for good at the first text of another class. */
export const RUNS = ['uuids', 'days', 'instants'] as const

const OTHERS = ['instantDigits', 'firstNumber', 'lastNumber', 'shortestNumber', 'longestNumber', 'longestText'] as const

type Counts = Record<(typeof SUMS)[number] | (typeof RUNS)[number] | (typeof OTHERS)[number], number>

/** A ValueProfile as plain data, which one thread can send to another. */
export interface ValueData extends Counts {
  ascending: boolean
  choices: { text: Uint8Array; count: number }[] | null
  /** Left out where they are kept with those of the value around. */
  hashes: Float64Array | undefined
  element: ValueData | undefined
  members: ObjectData | undefined
}

/** An ObjectProfile as plain data. One that met its limits is not sent. */
export interface ObjectData {
  count: number
  fields: { name: string; seen: number; value: ValueData }[]
}

export function valueData(profile: ValueProfile, around?: HashList): ValueData {
  const counts = Object.fromEntries([...SUMS, ...RUNS, ...OTHERS].map((name) => [name, profile[name]])) as Counts
  const { ascending, choices, hashes, element, members } = profile
  return {
    ...counts,
    ascending,
    choices: choices?.list ?? null,
    hashes: hashes === around ? undefined : hashes?.values(),
    element: element && valueData(element, hashes),
    members: members && objectData(members),
  }
}

export function objectData({ count, fields }: ObjectProfile): ObjectData {
  return { count, fields: fields.map(({ name, seen, value }) => ({ name, seen, value: valueData(value) })) }
}
