import type { Key } from '../side.ts'
import type { Records, Slot } from './records.ts'

/**
 * Brings the records of a collection into the order of these keys; those that are not named follow in the order in which
 * they stood, and keys that name no record are passed over. Records at the beginning that stand right already are not
 * touched, so that a second run changes nothing.
 */
export function arrangeRecords(records: Records, collection: string, keys: readonly Key[]): void {
  const standing = [...records.entries(collection)]
  const left = new Map(standing)
  const order: [Key, Slot][] = []
  for (const key of [...keys, ...left.keys()]) {
    const slot = left.get(key)
    if (slot !== undefined) order.push([key, slot])
    left.delete(key)
  }
  const wrong = order.findIndex(([key], at) => key !== standing[at]?.[0])
  // A record that is removed and put again goes last.
  for (const [key, slot] of wrong < 0 ? [] : order.slice(wrong)) {
    records.remove(collection, key)
    records.put(collection, key, slot)
  }
}
