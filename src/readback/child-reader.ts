import { RowDecoder } from '../codec/decode.ts'
import { layoutOf } from '../codec/layout.ts'
import { NO_MORE, ROW, type RowReader } from '../codec/rows.ts'
import { Bytes, sameBytes } from '../jsonstore/bytes.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { copyColumns } from '../schema/copy-columns.ts'
import type { PlacedTable } from '../schema/tables.ts'

/** The rows of a list's table, in the order of their parents: those of one parent are taken at a time. */
export class ChildReader {
  #rows: RowReader
  #decoder: RowDecoder
  #children: ChildReader[]
  #parentKeyFields: number
  #keyFields: number
  /** A row is at hand that the last parent did not take. */
  #waiting = false

  constructor(placed: PlacedTable, rows: RowReader, children: ChildReader[]) {
    const columns = copyColumns(placed)
    this.#rows = rows
    this.#children = children
    this.#decoder = new RowDecoder(layoutOf(placed.table, new KeyTable()), columns.first, columns.aside)
    this.#keyFields = columns.first
    this.#parentKeyFields = columns.first - 1
  }

  /** The JSON list of the rows whose parent has this key (COPY text, tabs between); undefined when there is none. */
  async listOf(parentKey: Bytes): Promise<Buffer | undefined> {
    const list = new Bytes(1024)
    while (await this.#rowOf(parentKey)) {
      list.push(list.length === 0 ? 91 : 44)
      const lists = await this.#listsOfRow()
      this.#decoder.record(this.#rows, (child) => lists[child], list)
      this.#waiting = false
    }
    if (list.length === 0) return undefined
    list.push(93)
    return list.view()
  }

  async close(): Promise<void> {
    await this.#rows.close()
    for (const child of this.#children) await child.close()
  }

  async #rowOf(parentKey: Bytes): Promise<boolean> {
    while (!this.#waiting) {
      const found = this.#rows.next()
      if (found === NO_MORE) return false
      if (found === ROW) this.#waiting = true
      else await this.#rows.fill()
    }
    const { bytes, starts, ends } = this.#rows
    const end = ends[this.#parentKeyFields - 1] as number
    return sameBytes(bytes, starts[0] as number, end, parentKey.data, 0, parentKey.length)
  }

  async #listsOfRow(): Promise<(Buffer | undefined)[]> {
    if (this.#children.length === 0) return []
    const { bytes, starts, ends } = this.#rows
    const key = new Bytes(64)
    key.append(bytes, starts[0] as number, ends[this.#keyFields - 1] as number)
    const lists: (Buffer | undefined)[] = []
    for (const child of this.#children) lists.push(await child.listOf(key))
    return lists
  }
}
