import { isHeldByRows, RowEncoder, type Unfit } from '../codec/encode.ts'
import { keyWriterOf, type Standing, type WriteKey, writeMemberName } from '../codec/key-writer.ts'
import { type Layout, layoutOf } from '../codec/layout.ts'
import { Bytes } from '../jsonstore/bytes.ts'
import { DONE, ITEM, Items } from '../jsonstore/items.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { memberOf } from '../jsonstore/members.ts'
import type { Source } from '../jsonstore/source.ts'
import { OBJECT, STRIDE, type Tape } from '../jsonstore/tape.ts'
import { Window } from '../jsonstore/window.ts'
import type { PlacedTable } from '../schema/tables.ts'

/** What came of writing one table's rows. */
export interface Written {
  records: number
  rows: number
  asides: number
  unfit: UnfitRecord[]
}

export interface UnfitRecord extends Unfit {
  /** Position in the collection, from 0. */
  position: number
}

export interface WriteOptions {
  /** Takes a full batch; the bytes are the taker's from then on. */
  send: (batch: Buffer) => void | Promise<void>
  /** Positions to leave out: they are in quarantine. */
  skip?: ReadonlySet<number> | undefined
  progress?: ((records: number) => void) | undefined
}

/** Bytes given on at a time: COPY messages below 64 KB cost two to four times as much. */
const BATCH = 1 << 18

/**
 * Reads the records of a collection and writes the rows of one of its tables (the collection's own, or that of a list
 * inside it) as COPY text. Reading again writes the same bytes. Records that the table cannot take are returned.
 */
export async function writeRows(source: Source, placed: PlacedTable, options: WriteOptions): Promise<Written> {
  const keys = new KeyTable()
  const writer = new TableWriter(placed, keys)
  const window = new Window(source.file, source.span.from, source.span.to)
  await window.fill()
  const items = new Items(window, source.reading, keys)
  for (;;) {
    const found = items.next()
    if (found === DONE) break
    if (found !== ITEM) {
      options.progress?.(items.count)
      await items.fill()
    } else if (!options.skip?.has(items.count - 1)) {
      writer.record(items)
      if (writer.out.length >= BATCH) await options.send(writer.take())
    }
  }
  if (writer.out.length > 0) await options.send(writer.take())
  return { records: items.count, rows: writer.rows, asides: writer.asides, unfit: writer.unfit }
}

/** One table on the way from the collection's own to the one that is written. */
interface Link {
  layout: Layout
  encoder: RowEncoder
  /** Number of the member that holds the list; unused in the first link. */
  listKey: number
  emptyIsHeld: boolean
}

class TableWriter {
  out = newBatch()
  rows = 0
  unfit: UnfitRecord[] = []
  #chain: Link[]
  #writeKey: WriteKey
  #standing: Standing = { position: 0, name: new Bytes(64) }
  #before = new Bytes(64)
  #after = new Bytes(32)

  constructor(placed: PlacedTable, keys: KeyTable) {
    this.#chain = chainOf(placed, keys)
    this.#writeKey = keyWriterOf((this.#chain[0] as Link).layout.table, keys)
  }

  get asides(): number {
    return (this.#chain.at(-1) as Link).encoder.asides
  }

  /** The batch so far; the next one gets a buffer of its own. */
  take(): Buffer {
    const batch = this.out.view()
    this.out = newBatch()
    return batch
  }

  record(items: Items): void {
    const { tape } = items
    const top = this.#chain[0] as Link
    this.#standing.position = items.count
    if (top.layout.keyColumn >= 0 && !writeMemberName(items.name, this.#standing.name)) {
      this.#refuseName(top, items)
      return
    }
    this.#before.clear()
    this.#after.clear()
    if (this.#chain.length === 1) {
      this.#after.ascii(String(items.count))
      this.#after.push(9)
      this.#row(top, tape, 0, items.count - 1)
    } else if (tape.kind(0) === OBJECT && this.#writeKey(tape, 0, this.#standing, this.#before))
      this.#list(1, tape, 0, items.count - 1)
  }

  #refuseName({ layout }: Link, { count }: Items): void {
    const column = layout.columns[layout.keyColumn]?.name ?? ''
    if (this.#chain.length === 1)
      this.unfit.push({ column, reason: 'the member name holds U+0000 or a lone surrogate', position: count - 1 })
  }

  /** Writes the elements of a list, or goes on into them when the table lies deeper. `#before` holds the parent's key. */
  #list(depth: number, tape: Tape, object: number, position: number): void {
    const link = this.#chain[depth] as Link
    const list = memberOf(tape, object, link.listKey)
    if (list === undefined || !isHeldByRows(tape, list, link.emptyIsHeld)) return
    const parentKey = this.#before.length
    let ordinal = 0
    for (let item = list + STRIDE; item < tape.next(list); item = tape.next(item)) {
      this.#before.length = parentKey
      this.#before.ascii(String(++ordinal))
      this.#before.push(9)
      if (depth < this.#chain.length - 1) this.#list(depth + 1, tape, item, position)
      else this.#row(link, tape, item, position)
    }
    this.#before.length = parentKey
  }

  #row(link: Link, tape: Tape, record: number, position: number): void {
    const unfit = link.encoder.row(tape, record, this.out, this.#before, this.#after, this.#standing.name)
    if (unfit) this.unfit.push({ ...unfit, position })
    else this.rows++
  }
}

function newBatch(): Bytes {
  return new Bytes(BATCH + (BATCH >> 2))
}

function chainOf(placed: PlacedTable, keys: KeyTable): Link[] {
  const layout = layoutOf(placed.table, keys)
  const link: Link = { layout, encoder: new RowEncoder(layout), listKey: -1, emptyIsHeld: false }
  if (!placed.parent) return [link]
  const above = chainOf(placed.parent, keys)
  const { children, places } = (above.at(-1) as Link).layout
  const child = children.findIndex((one) => one.table === placed.table)
  const place = places.list.find((one) => one.child === child)
  if (place) link.listKey = keys.idOfName(place.name)
  link.emptyIsHeld = children[child]?.empty_means === 'empty'
  return [...above, link]
}
