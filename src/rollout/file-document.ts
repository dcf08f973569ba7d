import type { Collection } from '../schema/plan.ts'
import type { Records, Slot } from './file-records.ts'
import { isKeyless, keyValue, WHOLE } from './key.ts'
import type { Json, Key } from './side.ts'

/** How a member of the document holds its records: as a list, under their names, or not at all (it is one value). */
export type Holding = 'list' | 'keyed' | 'whole'

export interface Member {
  holding: Holding
  slots: Map<Key, Slot>
}

/** How a collection of the plan stands in the document; what the plan does not know is one value. */
export function holdingOf(collection: Collection | undefined): Holding {
  if (collection === undefined || isKeyless(collection)) return 'whole'
  return collection.kind === 'keyed' ? 'keyed' : 'list'
}

/**
 * A document in memory: its members in their order, each record beside its text, so that a write makes text of what
 * changed and of nothing else. `root`: the document is an object of members, or is its one member itself.
 */
export class FileDocument implements Records {
  readonly root: 'object' | 'list'
  readonly #members = new Map<string, Member>()
  readonly #collections: ReadonlyMap<string, Collection>

  constructor(root: 'object' | 'list', collections: readonly Collection[]) {
    this.root = root
    this.#collections = new Map(collections.map((one) => [one.name, one]))
  }

  /** Adds a member, or finds it; it holds nothing until something is put there. */
  member(name: string): Member {
    let member = this.#members.get(name)
    if (member === undefined) {
      member = { holding: holdingOf(this.#collections.get(name)), slots: new Map() }
      this.#members.set(name, member)
    }
    return member
  }

  /** Names of the members, in the order of the document. */
  names(): string[] {
    return [...this.#members.keys()]
  }

  get(collection: string, key: Key): Slot | undefined {
    return this.#members.get(collection)?.slots.get(key)
  }

  put(collection: string, key: Key, slot: Slot): void {
    this.member(collection).slots.set(key, slot)
  }

  remove(collection: string, key: Key): boolean {
    const member = this.#members.get(collection)
    // A member that is one value goes with it; a list that holds nothing any more stays, empty.
    if (member?.holding === 'whole') return this.#members.delete(collection)
    return member?.slots.delete(key) ?? false
  }

  entries(collection: string): Iterable<[Key, Slot]> {
    return this.#members.get(collection)?.slots ?? []
  }

  /** The slot of a value, with its text as `textWith` needs it. */
  slot(collection: string, value: Json): Slot {
    const holding = this.#members.get(collection)?.holding ?? holdingOf(this.#collections.get(collection))
    const depth = (this.root === 'object' ? 1 : 0) + (holding === 'whole' ? 0 : 1)
    const text = JSON.stringify(value, null, 2)
    return { value, text: depth === 0 ? text : text.replaceAll('\n', `\n${'  '.repeat(depth)}`) }
  }

  /**
   * The text of the document as it reads with `records` laid over it, which touch the collections named: LowDB's format,
   * `JSON.stringify(data, null, 2)`.
   */
  textWith(records: Records, touched: Iterable<string>): string {
    const names = new Set([...this.#members.keys(), ...touched])
    const parts: string[] = []
    for (const name of names) {
      const holding = this.#members.get(name)?.holding ?? holdingOf(this.#collections.get(name))
      const text = this.#memberText(holding, records.entries(name))
      if (text === undefined) continue
      parts.push(this.root === 'list' ? text : `  ${JSON.stringify(name)}: ${text}`)
    }
    if (this.root === 'list') return parts[0] ?? '[]'
    return parts.length === 0 ? '{}' : `{\n${parts.join(',\n')}\n}`
  }

  #memberText(holding: Holding, entries: Iterable<[Key, Slot]>): string | undefined {
    if (holding === 'whole') {
      for (const [, slot] of entries) return slot.text
      return undefined
    }
    const outer = this.root === 'object' ? '\n  ' : '\n'
    const inner = `,${outer}  `
    const texts: string[] = []
    if (holding === 'list') for (const [, slot] of entries) texts.push(slot.text)
    else for (const [key, slot] of entries) texts.push(`${JSON.stringify(keyValue(key))}: ${slot.text}`)
    const [open, close] = holding === 'list' ? '[]' : '{}'
    return texts.length === 0 ? `${open}${close}` : `${open}${outer}  ${texts.join(inner)}${outer}${close}`
  }
}

/** Puts a member that is one value. */
export function putWhole(document: FileDocument, name: string, value: Json): void {
  document.member(name)
  document.put(name, WHOLE, document.slot(name, value))
}
