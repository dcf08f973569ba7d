import type { Collection } from '../../schema/plan.ts'
import { isKeyless, keyValue, WHOLE } from '../key.ts'
import type { Json, Key } from '../side.ts'
import { Pages } from './pages.ts'
import type { Layer, Records, Slot } from './records.ts'

/** How a member of the document holds its records: as a list, under their names, or not at all (it is one value). */
export type Holding = 'list' | 'keyed' | 'whole'

export interface Member {
  holding: Holding
  slots: Pages
}

/** How a collection of the plan stands in the document; what the plan does not know is one value. */
function holdingOf(collection: Collection | undefined): Holding {
  if (collection === undefined || isKeyless(collection)) return 'whole'
  return collection.kind === 'keyed' ? 'keyed' : 'list'
}

const BRACKETS = { list: ['[', ']'], keyed: ['{', '}'], whole: ['', ''] } as const

/**
 * A document in memory: its members in their order, each record beside its text, so that a write makes text of what
 * changed and of little else. `root`: the document is an object of members, or is its one member itself.
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
      member = this.#newMember(name)
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
    this.member(collection).slots.put(key, slot)
  }

  remove(collection: string, key: Key): boolean {
    const member = this.#members.get(collection)
    // A member that is one value goes with it; a list that holds nothing any more stays, empty.
    if (member?.holding === 'whole') return this.#members.delete(collection)
    return member?.slots.remove(key) ?? false
  }

  arrange(collection: string, keys: readonly Key[]): void {
    this.#members.get(collection)?.slots.arrange(keys)
  }

  entries(collection: string): Iterable<[Key, Slot]> {
    return this.#members.get(collection)?.slots.entries() ?? []
  }

  /** The slot of a value, with its text as it stands in this document. */
  slot(collection: string, value: Json): Slot {
    const { holding } = this.#members.get(collection) ?? this.#newMember(collection)
    const depth = this.#depth + (holding === 'whole' ? 0 : 1)
    const text = JSON.stringify(value, null, 2)
    return { value, text: depth === 0 ? text : text.replaceAll('\n', newLine(depth)) }
  }

  /** The document as it reads with a layer right on top of it, in LowDB's format: `JSON.stringify(data, null, 2)`. */
  bytesWith(layer: Layer): Buffer {
    const names = new Set([...this.#members.keys(), ...layer.collections()])
    const members = [...names].map((name) => this.#memberPieces(name, layer)).filter((pieces) => pieces.length > 0)
    if (this.root === 'list') return Buffer.concat(members[0] ?? [Buffer.from('[]')])
    if (members.length === 0) return Buffer.from('{}')
    const comma = Buffer.from(',\n  ')
    const inner = members.flatMap((pieces, at) => (at === 0 ? pieces : [comma, ...pieces]))
    return Buffer.concat([Buffer.from('{\n  '), ...inner, Buffer.from('\n}')])
  }

  get #depth(): number {
    return this.root === 'object' ? 1 : 0
  }

  /** None when nothing is there: a member that is one value, and lost it. */
  #memberPieces(name: string, layer: Layer): Buffer[] {
    const { holding, slots } = this.#members.get(name) ?? this.#newMember(name)
    const pieces = layer.isArranged(name) ? slots.piecesOf(layer.entries(name)) : slots.pieces(layer.edits(name))
    if (holding === 'whole' && pieces.length === 0) return []
    const label = this.root === 'object' ? `${JSON.stringify(name)}: ` : ''
    const [open, close] = BRACKETS[holding]
    const broken = holding !== 'whole' && pieces.length > 0
    const first = label + open + (broken ? newLine(this.#depth + 1) : '')
    const last = (broken ? newLine(this.#depth) : '') + close
    const comma = Buffer.from(this.#separator)
    return [
      Buffer.from(first),
      ...pieces.flatMap((piece, at) => (at === 0 ? [piece] : [comma, piece])),
      Buffer.from(last),
    ]
  }

  get #separator(): string {
    return `,${newLine(this.#depth + 1)}`
  }

  #newMember(name: string): Member {
    const holding = holdingOf(this.#collections.get(name))
    const spell = (key: Key, slot: Slot): string =>
      holding === 'keyed' ? `${JSON.stringify(keyValue(key))}: ${slot.text}` : slot.text
    return { holding, slots: new Pages(this.#separator, spell) }
  }
}

/** Puts a member that is one value. */
export function putWhole(document: FileDocument, name: string, value: Json): void {
  document.put(name, WHOLE, document.slot(name, value))
}

function newLine(depth: number): string {
  return `\n${'  '.repeat(depth)}`
}
