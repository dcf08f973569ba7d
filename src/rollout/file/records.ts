import { compareKeys, WHOLE } from '../key.ts'
import type { Json, Key } from '../side.ts'

/** A record (or a whole member) with its JSON text, laid out for the place where it stands in the file. */
export interface Slot {
  value: Json
  text: string
}

/** The records of a document, by collection and key, in the order in which they stand. */
export interface Records {
  get(collection: string, key: Key): Slot | undefined
  /** A record that is there keeps its place; a new one goes last. */
  put(collection: string, key: Key, slot: Slot): void
  remove(collection: string, key: Key): boolean
  /** Brings the records into the order of these keys; those not named follow, in the order that they have. */
  arrange(collection: string, keys: readonly Key[]): void
  entries(collection: string): Iterable<[Key, Slot]>
}

export interface Edit {
  /** Undefined: removed. */
  slot: Slot | undefined
  /** It goes last, since the records below do not have it or had it removed before. */
  last: boolean
}

/**
 * Changes on top of other records, which stay as they are: the draft of a transaction, or what a write under way will
 * bring. Reads see both; dropping a layer undoes it. Costs nothing for the records that it does not touch.
 */
export class Layer implements Records {
  below: Records
  #edits = new Map<string, Map<Key, Edit>>()
  /** All keys of a collection that was arranged, as they stood then; what was put since goes after them. */
  #orders = new Map<string, Set<Key>>()

  constructor(below: Records) {
    this.below = below
  }

  get isEmpty(): boolean {
    for (const edits of this.#edits.values()) if (edits.size > 0) return false
    return this.#orders.size === 0
  }

  get(collection: string, key: Key): Slot | undefined {
    const edit = this.#edits.get(collection)?.get(key)
    return edit === undefined ? this.below.get(collection, key) : edit.slot
  }

  put(collection: string, key: Key, slot: Slot): void {
    const edits = this.#editsOf(collection)
    const edit = edits.get(key)
    if (edit?.slot !== undefined) {
      edit.slot = slot
      return
    }
    edits.delete(key)
    edits.set(key, { slot, last: edit !== undefined || this.below.get(collection, key) === undefined })
  }

  remove(collection: string, key: Key): boolean {
    if (this.get(collection, key) === undefined) return false
    const edits = this.#editsOf(collection)
    this.#orders.get(collection)?.delete(key)
    if (this.below.get(collection, key) === undefined) edits.delete(key)
    else edits.set(key, { slot: undefined, last: false })
    return true
  }

  arrange(collection: string, keys: readonly Key[]): void {
    const present = Array.from(this.entries(collection), ([key]) => key)
    const rest = new Set(present)
    const wanted = [...keys.filter((key) => rest.delete(key)), ...rest]
    if (wanted.some((key, at) => key !== present[at])) this.#orders.set(collection, new Set(wanted))
  }

  isArranged(collection: string): boolean {
    return this.#orders.has(collection)
  }

  entries(collection: string): Iterable<[Key, Slot]> {
    const edits = this.#edits.get(collection)
    const order = this.#orders.get(collection)
    const below = this.below.entries(collection)
    const all = edits === undefined ? below : merged(below, edits)
    return order === undefined ? all : arranged(new Map(all), order)
  }

  /** The changes, by collection and in the order in which they were made; an order that changed is one of the key `WHOLE`. */
  *changes(): Iterable<{ collection: string; key: Key }> {
    for (const [collection, edits] of this.#edits) for (const key of edits.keys()) yield { collection, key }
    for (const collection of this.#orders.keys()) yield { collection, key: WHOLE }
  }

  /** Names of the collections that are touched. */
  collections(): Iterable<string> {
    return new Set([...this.#edits.keys(), ...this.#orders.keys()])
  }

  /** Makes the changes in other records, so that those read as this layer does. */
  applyTo(target: Records): void {
    for (const [collection, edits] of this.#edits) {
      for (const [key, { slot, last }] of edits) {
        if (slot === undefined || last) target.remove(collection, key)
        if (slot !== undefined) target.put(collection, key, slot)
      }
    }
    for (const [collection, order] of this.#orders) target.arrange(collection, [...order])
  }

  /** What this layer changes in a collection; undefined when nothing. */
  edits(collection: string): ReadonlyMap<Key, Edit> | undefined {
    return this.#edits.get(collection)
  }

  #editsOf(collection: string): Map<Key, Edit> {
    let edits = this.#edits.get(collection)
    if (edits === undefined) {
      edits = new Map()
      this.#edits.set(collection, edits)
    }
    return edits
  }
}

function* merged(below: Iterable<[Key, Slot]>, edits: Map<Key, Edit>): Iterable<[Key, Slot]> {
  for (const entry of below) {
    const edit = edits.get(entry[0])
    if (edit === undefined) yield entry
    else if (edit.slot !== undefined && !edit.last) yield [entry[0], edit.slot]
  }
  for (const [key, { slot, last }] of edits) if (slot !== undefined && last) yield [key, slot]
}

function* arranged(all: Map<Key, Slot>, order: ReadonlySet<Key>): Iterable<[Key, Slot]> {
  for (const key of order) {
    const slot = all.get(key)
    if (slot !== undefined) yield [key, slot]
  }
  for (const entry of all) if (!order.has(entry[0])) yield entry
}

/** All keys that any of these records hold in a collection, in ascending order. */
export function allKeys(collection: string, ...of: Records[]): Key[] {
  const keys = new Set<Key>()
  for (const records of of) for (const [key] of records.entries(collection)) keys.add(key)
  return [...keys].sort(compareKeys)
}
