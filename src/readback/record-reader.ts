import { type Fields, type ListOf, RowDecoder } from '../codec/decode.ts'
import { layoutOf } from '../codec/layout.ts'
import { NEED_BYTES, NO_MORE, ROW, type RowReader } from '../codec/rows.ts'
import { Bytes } from '../jsonstore/bytes.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { copyColumns } from '../schema/copy-columns.ts'
import type { PlacedTable } from '../schema/tables.ts'
import type { ChildReader } from './child-reader.ts'

/** The records of one collection as PostgreSQL holds them, one after the other, as JSON text. */
export interface RecordReader {
  /** Waits for the next record; false when there are no more. */
  advance(): Promise<boolean>
  /** As `advance`, without waiting: undefined when it would have to. */
  advanceNow(): boolean | undefined
  /** Appends the record's compact JSON. */
  write(out: Bytes): void
  /** Keyed collections: appends the COPY text of the record's name. */
  writeName(out: Bytes): void
  /** The record's `_position`. */
  readonly position: number
  close(): Promise<void>
}

/** Reads a collection's own table, joined in step with the tables of its lists. */
export class TableReader implements RecordReader {
  #rows: RowReader
  #decoder: RowDecoder
  #children: ChildReader[]
  #lists: (Buffer | undefined)[] = []
  #listOf: ListOf = (child) => this.#lists[child]
  #keyFields: number[]
  #positionField: number
  #nameField: number
  #key = new Bytes(64)

  constructor(placed: PlacedTable, rows: RowReader, children: ChildReader[]) {
    const layout = layoutOf(placed.table, new KeyTable())
    const columns = copyColumns(placed)
    this.#rows = rows
    this.#children = children
    this.#decoder = new RowDecoder(layout, columns.first, columns.aside)
    this.#keyFields = placed.table.key.map((name) => columns.names.indexOf(name))
    this.#positionField = columns.position
    this.#nameField = layout.keyColumn
  }

  get position(): number {
    const { bytes, starts, ends } = this.#rows
    let value = 0
    const end = ends[this.#positionField] as number
    for (let at = starts[this.#positionField] as number; at < end; at++) value = value * 10 + (bytes[at] as number) - 48
    return value
  }

  advanceNow(): boolean | undefined {
    if (this.#children.length > 0) return undefined
    const found = this.#rows.next()
    return found === NEED_BYTES ? undefined : found === ROW
  }

  async advance(): Promise<boolean> {
    for (;;) {
      const found = this.#rows.next()
      if (found === NO_MORE) return false
      if (found === ROW) break
      await this.#rows.fill()
    }
    if (this.#children.length > 0) await this.#gather()
    return true
  }

  write(out: Bytes): void {
    this.#decoder.record(this.#rows, this.#listOf, out)
  }

  writeName(out: Bytes): void {
    const { bytes, starts, ends } = this.#rows
    out.append(bytes, starts[this.#nameField] as number, ends[this.#nameField] as number)
  }

  async close(): Promise<void> {
    await this.#rows.close()
    for (const child of this.#children) await child.close()
  }

  async #gather(): Promise<void> {
    this.#key.clear()
    appendKey(this.#rows, this.#keyFields, this.#key)
    for (const [i, child] of this.#children.entries()) this.#lists[i] = await child.listOf(this.#key)
  }
}

function appendKey({ bytes, starts, ends }: Fields, fields: number[], out: Bytes): void {
  for (const [i, field] of fields.entries()) {
    if (i > 0) out.push(9)
    out.append(bytes, starts[field] as number, ends[field] as number)
  }
}
