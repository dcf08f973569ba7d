import { KEY_NAMES } from './key-names.ts'
import type { FieldProfile, ObjectProfile } from './object-profile.ts'

/** PostgreSQL's btree holds keys of up to a third of a page; this leaves room for a child's ordinal. */
export const LONGEST_KEY = 2_000

/** A member that could identify the records, and why it cannot; undefined when it can, unless a value stands twice. */
export interface KeyVerdict {
  field: FieldProfile
  why: string | undefined
}

/** Members that identify records by convention, best first, each judged on every record but for values that repeat. */
export function keyVerdicts(records: ObjectProfile, items: number): KeyVerdict[] {
  return KEY_NAMES.flatMap((name) => records.fields.filter((field) => field.name.toLowerCase() === name)).map(
    (field) => ({
      field,
      why: unfit(field, items),
    }),
  )
}

function unfit({ seen, value }: FieldProfile, items: number): string | undefined {
  if (seen < items) return `is missing in ${items - seen} of ${items} records`
  if (value.nulls > 0) return `is null in ${value.nulls} of ${items} records`
  if (value.numbers > 0 && value.strings > 0)
    return `is a number in ${value.numbers} records and text in ${value.strings}`
  if (value.numbers !== items && value.strings !== items) return 'is not a number or a text in every record'
  if (value.unfitTexts > 0) return `holds U+0000 or a lone surrogate in ${value.unfitTexts} records`
  if (value.giants > 0) return 'holds a number beyond what numeric can hold'
  if (value.numbers > 0 && value.negativeZeros > 0) return 'holds a negative zero'
  if (value.numbers > 0 && value.longestNumber > LONGEST_KEY)
    return `holds a number of ${value.longestNumber} digits, more than an index takes (${LONGEST_KEY})`
  if (value.longestText > LONGEST_KEY)
    return `holds a text of ${value.longestText} bytes, more than an index takes (${LONGEST_KEY})`
  return undefined
}
