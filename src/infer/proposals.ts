import type { Column, Proposal } from '../schema/plan.ts'
import type { FieldProfile, ObjectProfile } from './object-profile.ts'

/** Fewer records than this prove nothing about the next one. */
const ENOUGH_RECORDS = 20
const INSTANT_NAME = /(?:At|_at|date|time|timestamp|created|updated|modified|expires)$/i

/** Narrowings that the values allow but cannot prove, each with its figures; all off until a reader turns them on. */
export function proposalsFor(column: Column, owner: ObjectProfile, field: FieldProfile, isKey: boolean): Proposal[] {
  const { value } = field
  const records = owner.count
  const found: Proposal[] = []
  const propose = (kind: Proposal['kind'], evidence: Proposal['evidence']) =>
    found.push({ kind, column: column.name, enabled: false, evidence })
  if (records < ENOUGH_RECORDS || isKey) return found
  if (field.seen === records && value.nulls === 0 && value.unfitTexts === 0)
    propose('not-null', { records, missing: 0, nulls: 0 })
  if (column.type === 'text' && value.choices && value.choices.list.length * 10 <= value.strings)
    propose('enum', {
      values: value.choices.list.map((choice) => choice.text.toString('utf8')),
      counts: value.choices.list.map((choice) => choice.count),
      records: value.strings,
    })
  const digits = column.type === 'bigint' && INSTANT_NAME.test(field.name) ? value.shortestNumber : 0
  if (digits === value.longestNumber && (digits === 13 || digits === 10))
    propose(digits === 13 ? 'epoch-ms' : 'epoch-s', { records: value.numbers, digits })
  return found
}
