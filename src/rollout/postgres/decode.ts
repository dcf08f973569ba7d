import { type Fields, RowDecoder } from '../../codec/decode.ts'
import { layoutOf } from '../../codec/layout.ts'
import { Bytes } from '../../jsonstore/bytes.ts'
import { KeyTable } from '../../jsonstore/keys.ts'
import type { PlacedTable } from '../../schema/tables.ts'
import type { Row } from './encode.ts'

/** A record as `recordColumns` selects it: its own row, and the rows of each table of its lists, in order of ordinals. */
export interface RecordRow {
  row: Row
  lists: (Row[] | null)[]
}

/** Writes the JSON text of records from their rows: the inverse of RecordEncoder, by the decoder that export uses. */
export class RecordDecoder {
  #root: TableDecoder
  #tables: PlacedTable[]
  #out = new Bytes(1024)

  /** `tables`: the collection's own table, then those of its lists, in the order in which they are selected. */
  constructor(tables: PlacedTable[]) {
    this.#tables = tables
    this.#root = new TableDecoder(tables[0] as PlacedTable, 0, tables)
  }

  json({ row, lists }: RecordRow): string {
    const grouped = new Map<PlacedTable, Map<string, Row[]>>()
    for (const [at, rows] of lists.entries()) {
      const placed = this.#tables[at + 1] as PlacedTable
      if (rows !== null) grouped.set(placed, groupByParent(rows, ordinalsOf(placed)))
    }
    this.#out.clear()
    this.#root.record(row, '', grouped, this.#out)
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

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

/** A row as the COPY text that the decoder reads. */
function copyText(row: Row): Fields {
  const starts = new Int32Array(row.length)
  const ends = new Int32Array(row.length)
  const texts = row.map((text) =>
    text === null ? '\\N' : text.replace(/[\\\b\f\n\r\t\v]/g, (one) => ESCAPES[one] as string),
  )
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + text.length * 3, 0))
  let at = 0
  for (const [field, text] of texts.entries()) {
    starts[field] = at
    at += bytes.write(text, at, 'utf8')
    ends[field] = at
  }
  return { bytes, starts, ends }
}
