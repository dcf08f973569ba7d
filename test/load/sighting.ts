import { type Item, markIn } from './item.ts'
import type { Operation } from './operation.ts'

/** After everything else. An operation of unknown outcome may end later still. */
export const AT_LAST = Number.MAX_VALUE

/** Somebody saw a record, or that it is not there, at some instant between start and end. */
export interface Sighting {
  id: string
  /** Undefined: there was no such record. */
  item: Item | undefined
  start: number
  end: number
  /** Undefined for the state of the authority at the end. */
  client: string | undefined
  /** For a reader: what was done. */
  by: string
}

/** What an operation's answer tells of records. A refusal tells that its record was not there (404), or nothing. */
export function sightingsOf(operation: Operation): Sighting[] {
  const { client, start, end, outcome, id, status, items, kind } = operation
  const by = nameOf(operation)
  const seen = (one: string, item: Item | undefined): Sighting => ({ id: one, item, start, end, client, by })
  if (outcome === 'refused') return status === 404 && id !== undefined ? [seen(id, undefined)] : []
  if (outcome === 'unknown') return []
  const present = items.map((item) => seen(item.id, item))
  return kind === 'delete' && id !== undefined ? [...present, seen(id, undefined)] : present
}

/** The final state of the authority: every record that it has, and that it has no other of those that are known. */
export function sightingsAtLast(items: readonly Item[], known: Iterable<string>): Sighting[] {
  const last = new Map(items.map((item) => [item.id, item]))
  const ids = new Set([...last.keys(), ...known])
  return [...ids].map((id) => ({
    ...{ id, item: last.get(id), start: AT_LAST, end: AT_LAST },
    ...{ client: undefined, by: 'the authority at last' },
  }))
}

export function nameOf({ client, seq, kind, id, attempts }: Operation): string {
  const times = attempts > 1 ? ` (sent ${attempts} times)` : ''
  return `${kind} ${client}/${seq}${id === undefined ? '' : ` of ${id}`}${times}`
}

/** The mark of the write that made a record what it was when it was seen. */
export function markSeen({ item }: Sighting): string | undefined {
  return item === undefined ? undefined : markIn(item.title)
}
