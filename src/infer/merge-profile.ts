import type { KeyTable } from '../jsonstore/keys.ts'
import type { ObjectProfile } from './object-profile.ts'
import type { ValueProfile } from './profile.ts'
import { type ObjectData, RUNS, SUMS, type ValueData } from './profile-data.ts'

/**
 * Adds to the profile of some records that of the records right after them. The outcome is that of one profile which saw all
 * of them, as long as neither met a limit on the number of fields.
 */
export function absorbObjects(first: ObjectProfile, then: ObjectData, keys: KeyTable): void {
  first.count += then.count
  for (const { name, seen, value } of then.fields) {
    const field = first.fieldOf(keys, keys.idOfName(name))
    if (!field) throw new RangeError('profiles that met a limit cannot be merged')
    field.seen += seen
    absorbValues(field.value, value, keys)
  }
}

export function absorbValues(first: ValueProfile, then: ValueData, keys: KeyTable): void {
  absorbNumbers(first, then)
  absorbTexts(first, then)
  for (const name of SUMS) first[name] += then[name]
  for (const hash of then.hashes ?? []) first.hashes?.add(hash)
  if (then.element) absorbValues(first.element ?? first.newElement(), then.element, keys)
  if (then.members) absorbObjects(first.members ?? first.newMembers(), then.members, keys)
}

function absorbNumbers(first: ValueProfile, then: ValueData): void {
  if (first.hashes && then.numbers > 0) {
    // Of the numbers behind one that did not ascend, nothing is asked any more.
    first.ascending &&= then.ascending && then.firstNumber > first.lastNumber
    first.lastNumber = then.lastNumber
    if (first.numbers === 0) first.firstNumber = then.firstNumber
  }
  first.shortestNumber = Math.min(first.shortestNumber, then.shortestNumber)
  first.longestNumber = Math.max(first.longestNumber, then.longestNumber)
}

function absorbTexts(first: ValueProfile, then: ValueData): void {
  first.longestText = Math.max(first.longestText, then.longestText)
  const instants = first.instants === first.strings && then.instants > 0
  if (instants) first.instantDigits = sameDigits(first.instantDigits, then.instantDigits)
  for (const name of RUNS) if (first[name] === first.strings) first[name] += then[name]
  if (!then.choices) first.choices = null
  for (const { text, count } of then.choices ?? [])
    if (first.choices && !first.choices.take(text, 0, text.length, count)) first.choices = null
}

/** -1 stands for none yet, -2 for mixed. */
function sameDigits(a: number, b: number): number {
  if (a === -1 || a === b) return b
  return -2
}
