import type { Json } from 'outgrow/store'

/**
 * The member of the store that remembers the highest numeric id ever given or removed, as text: `"lastId": "12"`. It comes
 * with the first insert or removal; old applications carry it along unread. Thus no id is given twice, also when the newest
 * idea was removed and the service restarted.
 */
export const LAST_ID = 'lastId'

/** What the ids of a store tell: the highest numeric one, and whether all of them are numeric. */
export interface Surveyed {
  highest: bigint
  isNumeric: boolean
}

/** Any number of decimal digits; what a double would round is an id like others. */
export function isNumericId(id: Json | undefined): id is string {
  return typeof id === 'string' && /^\d+$/.test(id)
}

export function surveyIds(ids: Iterable<Json | undefined>): Surveyed {
  let highest = 0n
  let isNumeric = true
  for (const id of ids) {
    if (isNumericId(id)) highest = highest > BigInt(id) ? highest : BigInt(id)
    else isNumeric = false
  }
  return { highest, isNumeric }
}

/** The number that the member tells; undefined when the store does not have it yet. */
export function readLast(value: Json | undefined): bigint | undefined {
  return isNumericId(value) ? BigInt(value) : undefined
}

/** The higher of what is remembered and an id that was given or removed. */
export function raised(last: bigint, id: string): bigint {
  return isNumericId(id) && BigInt(id) > last ? BigInt(id) : last
}
