import { readField } from '../../codec/copy-text.ts'
import { isHeldByRows, RowEncoder, type Unfit } from '../../codec/encode.ts'
import { keyWriterOf, type Standing, type WriteKey, writeMemberName } from '../../codec/key-writer.ts'
import { type Layout, layoutOf } from '../../codec/layout.ts'
import { Bytes } from '../../jsonstore/bytes.ts'
import { KeyTable } from '../../jsonstore/keys.ts'
import { memberOf } from '../../jsonstore/members.ts'
import { OBJECT, STRIDE, Tape } from '../../jsonstore/tape.ts'
import type { PlacedTable } from '../../schema/tables.ts'

/** One row as texts, in the order of its table's columns: what PostgreSQL's input functions read, as in COPY. */
export type Row = (string | null)[]

/** The rows of records, by table. */
export type Rows = Map<PlacedTable, Row[]>

/** One table on the way down from the collection's own. */
interface Link {
  placed: PlacedTable
  layout: Layout
  encoder: RowEncoder
  children: { link: Link; listKey: number; emptyIsHeld: boolean }[]
}

const nothing = new Bytes(0)

/**
 * Turns the JSON text of a record into rows of its collection's tables, by the encoder that the bulk load uses, so that a
 * record is held the same whether it was loaded or pushed.
 */
export class RecordEncoder {
  #tape: Tape
  #root: Link
  #writeKey: WriteKey
  #standing: Standing = { position: 0, name: new Bytes(64) }
  #out = new Bytes(1024)
  #key = new Bytes(64)

  constructor(root: PlacedTable, tables: readonly PlacedTable[]) {
    const keys = new KeyTable()
    this.#tape = new Tape(keys)
    this.#root = linkOf(root, tables, keys)
    this.#writeKey = keyWriterOf(root.table, keys)
  }

  /**
   * Adds the record's rows, or says why its table cannot take it. `name`: under which a keyed record stands; `position`: its
   * place, where that is its key.
   */
  add(json: string, rows: Rows, at: { name?: string | undefined; position?: number }): Unfit | undefined {
    const bytes = Buffer.from(json)
    this.#tape.read(bytes, 0, bytes.length, 0, true)
    this.#standing.position = at.position ?? 0
    if (at.name !== undefined) writeMemberName(at.name, this.#standing.name)
    this.#key.clear()
    const unfit = this.#row(this.#root, 0, nothing, rows)
    if (unfit !== undefined || this.#root.children.length === 0) return unfit
    if (this.#tape.kind(0) !== OBJECT || !this.#writeKey(this.#tape, 0, this.#standing, this.#key)) return undefined
    return this.#lists(this.#root, 0, rows)
  }

  /** The rows of the lists in `object`, whose own key is in `#key`. */
  #lists(parent: Link, object: number, rows: Rows): Unfit | undefined {
    const tape = this.#tape
    for (const { link, listKey, emptyIsHeld } of parent.children) {
      const list = memberOf(tape, object, listKey)
      if (list === undefined || !isHeldByRows(tape, list, emptyIsHeld)) continue
      const parentKey = this.#key.length
      let ordinal = 0
      for (let item = list + STRIDE; item < tape.next(list); item = tape.next(item)) {
        this.#key.length = parentKey
        this.#key.ascii(`${++ordinal}\t`)
        const unfit = this.#row(link, item, this.#key, rows) ?? this.#lists(link, item, rows)
        if (unfit !== undefined) return unfit
      }
      this.#key.length = parentKey
    }
    return undefined
  }

  #row(link: Link, record: number, before: Bytes, rows: Rows): Unfit | undefined {
    const out = this.#out
    out.clear()
    const unfit = link.encoder.row(this.#tape, record, out, before, nothing, this.#standing.name)
    if (unfit !== undefined) return unfit
    const own = rows.get(link.placed)
    if (own === undefined) rows.set(link.placed, [fieldsOf(out)])
    else own.push(fieldsOf(out))
    return undefined
  }
}

const field = new Bytes(256)

/** The fields of one row of COPY text, unescaped; a tab ends each but the last, which a newline ends. */
function fieldsOf(row: Bytes): Row {
  const { data, length } = row
  const fields: Row = []
  for (let start = 0; start < length; ) {
    let end = start
    let escaped = false
    for (; data[end] !== 9 && data[end] !== 10; end++) if (data[end] === 92) escaped = true
    fields.push(escaped ? unescaped(data, start, end) : data.toString('utf8', start, end))
    start = end + 1
  }
  return fields
}

function unescaped(data: Buffer, start: number, end: number): string | null {
  if (end === start + 2 && data[start + 1] === 78) return null
  field.clear()
  readField(data, start, end, field)
  return field.data.toString('utf8', 0, field.length)
}

function linkOf(placed: PlacedTable, tables: readonly PlacedTable[], keys: KeyTable): Link {
  const layout = layoutOf(placed.table, keys)
  const children = placed.table.children.flatMap(({ table, empty_means }, at) => {
    const inner = tables.find((one) => one.table === table)
    const place = layout.places.list.find((one) => one.child === at)
    if (inner === undefined || place === undefined) return []
    const link = linkOf(inner, tables, keys)
    return [{ link, listKey: keys.idOfName(place.name), emptyIsHeld: empty_means === 'empty' }]
  })
  return { placed, layout, encoder: new RowEncoder(layout), children }
}
