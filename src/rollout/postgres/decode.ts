import { RowDecoder } from '../../codec/decode.ts'
import { layoutOf } from '../../codec/layout.ts'
import { Bytes } from '../../jsonstore/bytes.ts'
import { KeyTable } from '../../jsonstore/keys.ts'
import type { PlacedTable } from '../../schema/tables.ts'
import type { JsonRecord } from '../side.ts'
import { copyText } from './copy-fields.ts'
import { DirectReader } from './direct.ts'
import type { Row } from './encode.ts'

/**
 * A record as `recordColumns` selects it: the planned columns, the aside, and for each table of its lists the rows in order
 * of ordinals, as a JSON list. What a query selects after these is not looked at.
 */
export type RecordRow = Row

/** Makes records of their rows: the inverse of RecordEncoder. */
export class RecordDecoder {
  #root: TableDecoder
  #inner: PlacedTable[]
  #columns: number
  #direct: DirectReader
  #out = new Bytes(1024)

  /** `tables`: the collection's own table, then those of its lists, in the order in which they are selected. */
  constructor(tables: PlacedTable[]) {
    const root = tables[0] as PlacedTable
    this.#root = new TableDecoder(root, 0, tables)
    this.#inner = tables.slice(1)
    this.#columns = root.table.columns.length
    this.#direct = new DirectReader(root)
  }

  record(row: RecordRow): JsonRecord {
    const isPlain = row[this.#columns] === null && this.#inner.every((_, at) => row[this.#columns + 1 + at] === null)
    return isPlain && this.#direct.isFit ? this.#direct.record(row) : (JSON.parse(this.json(row)) as JsonRecord)
  }

  /** Its JSON text, which alone is exact, by the decoder that export uses. */
  json(row: RecordRow): string {
    const grouped: Grouped = new Map()
    for (const [at, placed] of this.#inner.entries()) {
      const rows = row[this.#columns + 1 + at]
      if (typeof rows === 'string') grouped.set(placed, groupByParent(JSON.parse(rows) as Row[], ordinalsOf(placed)))
    }
    this.#out.clear()
    this.#root.record(row.slice(0, this.#columns + 1), '', grouped, this.#out)
    return this.#out.data.toString('utf8', 0, this.#out.length)
  }
}

/** How many ordinals lead to a row of the table: one for each list that it is nested in. */
export function ordinalsOf(placed: PlacedTable): number {
  return placed.parent === undefined ? 0 : ordinalsOf(placed.parent) + 1
}

type Grouped = Map<PlacedTable, Map<string, Row[]>>

function groupByParent(rows: Row[], ordinals: number): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const parent = row.slice(0, ordinals - 1).join('/')
    const group = groups.get(parent)
    if (group === undefined) groups.set(parent, [row])
    else group.push(row)
  }
  return groups
}

/** The rows of one table; a list's rows begin with their ordinals. */
class TableDecoder {
  #placed: PlacedTable
  #ordinals: number
  #decoder: RowDecoder
  #children: TableDecoder[]

  constructor(placed: PlacedTable, ordinals: number, tables: PlacedTable[]) {
    const layout = layoutOf(placed.table, new KeyTable())
    this.#placed = placed
    this.#ordinals = ordinals
    this.#decoder = new RowDecoder(layout, ordinals, ordinals + layout.columns.length)
    this.#children = placed.table.children.map(({ table }) => {
      const inner = tables.find((one) => one.table === table) as PlacedTable
      return new TableDecoder(inner, ordinals + 1, tables)
    })
  }

  record(row: Row, path: string, grouped: Grouped, out: Bytes): void {
    const lists = this.#children.map((child) => child.list(path, grouped))
    this.#decoder.record(copyText(row), (child) => lists[child], out)
  }

  /** The JSON list of the rows below `path`; undefined when there is none. */
  list(path: string, grouped: Grouped): Buffer | undefined {
    const rows = grouped.get(this.#placed)?.get(path)
    if (rows === undefined) return undefined
    const out = new Bytes(256)
    for (const [at, row] of rows.entries()) {
      out.push(at === 0 ? 91 : 44)
      this.record(row, row.slice(0, this.#ordinals).join('/'), grouped, out)
    }
    out.push(93)
    return out.view()
  }
}
