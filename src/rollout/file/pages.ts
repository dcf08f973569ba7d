import type { Key } from '../side.ts'
import type { Edit, Slot } from './records.ts'

/** How many records share one piece of text: a write makes text of so many for each that changed, and copies the rest. */
const PAGE = 64

interface Page {
  slots: Map<Key, Slot>
  /** The text of the slots, made when it is first needed. */
  bytes: Buffer | undefined
}

/** How the text of one slot reads where it stands. */
type Spelling = (key: Key, slot: Slot) => string

/**
 * The slots of one member in their order, in pages that keep their bytes: writing a member of 10,000 records of which one
 * changed makes text of one page.
 */
export class Pages {
  readonly #separator: string
  readonly #spell: Spelling
  readonly #pages = new Set<Page>()
  readonly #pageOf = new Map<Key, Page>()
  #last: Page | undefined

  constructor(separator: string, spell: Spelling) {
    this.#separator = separator
    this.#spell = spell
  }

  get(key: Key): Slot | undefined {
    return this.#pageOf.get(key)?.slots.get(key)
  }

  /** A slot that is there keeps its place; a new one goes last. */
  put(key: Key, slot: Slot): void {
    const page = this.#pageOf.get(key) ?? this.#roomAtTheEnd()
    page.slots.set(key, slot)
    page.bytes = undefined
    this.#pageOf.set(key, page)
  }

  remove(key: Key): boolean {
    const page = this.#pageOf.get(key)
    if (page === undefined) return false
    this.#pageOf.delete(key)
    page.slots.delete(key)
    page.bytes = undefined
    if (page.slots.size === 0 && page !== this.#last) this.#pages.delete(page)
    return true
  }

  /** Brings the slots into the order of these keys; those not named follow, in the order that they have. */
  arrange(keys: readonly Key[]): void {
    const rest = new Map(this.entries())
    this.#pages.clear()
    this.#pageOf.clear()
    this.#last = undefined
    for (const key of keys) {
      const slot = rest.get(key)
      if (slot === undefined) continue
      rest.delete(key)
      this.put(key, slot)
    }
    for (const [key, slot] of rest) this.put(key, slot)
  }

  *entries(): Iterable<[Key, Slot]> {
    for (const page of this.#pages) yield* page.slots
  }

  /** The text of all slots as it reads after the edits, in pieces to be joined by the separator; none when there are no slots. */
  pieces(edits: ReadonlyMap<Key, Edit> = new Map()): Buffer[] {
    const touched = new Set<Page>()
    const added: [Key, Slot][] = []
    for (const [key, { slot, last }] of edits) {
      const page = this.#pageOf.get(key)
      if (page !== undefined) touched.add(page)
      if (slot !== undefined && last) added.push([key, slot])
    }
    const pieces: Buffer[] = []
    for (const page of this.#pages) {
      if (!touched.has(page)) page.bytes ??= this.#bytesOf(page.slots)
      const bytes = touched.has(page) ? this.#bytesOf(edited(page.slots, edits)) : page.bytes
      if (bytes !== undefined) pieces.push(bytes)
    }
    const tail = this.#bytesOf(added)
    return tail === undefined ? pieces : [...pieces, tail]
  }

  /** The text of other slots than these, as `pieces` gives it. */
  piecesOf(entries: Iterable<[Key, Slot]>): Buffer[] {
    const bytes = this.#bytesOf(entries)
    return bytes === undefined ? [] : [bytes]
  }

  #bytesOf(slots: Iterable<[Key, Slot]>): Buffer | undefined {
    const texts: string[] = []
    for (const [key, slot] of slots) texts.push(this.#spell(key, slot))
    return texts.length === 0 ? undefined : Buffer.from(texts.join(this.#separator))
  }

  #roomAtTheEnd(): Page {
    if (this.#last === undefined || this.#last.slots.size >= PAGE) {
      this.#last = { slots: new Map(), bytes: undefined }
      this.#pages.add(this.#last)
    }
    return this.#last
  }
}

function* edited(slots: Map<Key, Slot>, edits: ReadonlyMap<Key, Edit>): Iterable<[Key, Slot]> {
  for (const [key, slot] of slots) {
    const edit = edits.get(key)
    if (edit === undefined) yield [key, slot]
    else if (edit.slot !== undefined && !edit.last) yield [key, edit.slot]
  }
}
