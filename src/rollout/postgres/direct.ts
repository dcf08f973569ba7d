import { decoderOf } from '../../codec/decode-value.ts'
import { type Layout, layoutOf, type Places } from '../../codec/layout.ts'
import { Bytes } from '../../jsonstore/bytes.ts'
import { KeyTable } from '../../jsonstore/keys.ts'
import type { Column } from '../../schema/plan.ts'
import type { PlacedTable } from '../../schema/tables.ts'
import type { Json, JsonRecord } from '../side.ts'
import { copyText } from './copy-fields.ts'
import type { Row } from './encode.ts'

/**
 * Makes records of rows that have neither an aside nor rows of lists, as parsing their JSON text would, and several times
 * as fast. The JSON text is the truth: what this cannot say the same way it leaves to it.
 */
export class DirectReader {
  #layout: Layout
  #read: ((text: string) => Json)[]
  /** False for a plan with a member that a plain assignment would not make. */
  readonly isFit: boolean

  constructor({ table }: PlacedTable) {
    this.#layout = layoutOf(table, new KeyTable())
    this.#read = this.#layout.columns.map(readerOf)
    this.isFit = !hasPrototype(this.#layout.places)
  }

  /** `row`: the planned columns, in their order. */
  record(row: Row): JsonRecord {
    return this.#object(row, this.#layout.places)
  }

  #object(row: Row, places: Places): JsonRecord {
    const { columns, groups, children } = this.#layout
    const object: JsonRecord = {}
    for (const { name, column, group, child, inner } of places.list) {
      if (column >= 0) {
        const text = row[column] as string | null
        if (text !== null) object[name] = (this.#read[column] as (text: string) => Json)(text)
        else if (columns[column]?.null_means !== 'absent') object[name] = null
      } else if (group >= 0) {
        if (isFilled(row, inner)) object[name] = this.#object(row, inner)
        else if (groups[group]?.null_means !== 'absent') object[name] = null
      } else if (children[child]?.empty_means !== 'absent') object[name] = []
    }
    return object
  }
}

function isFilled(row: Row, places: Places): boolean {
  return places.list.some(({ column, inner }) => (column >= 0 ? row[column] !== null : isFilled(row, inner)))
}

function hasPrototype(places: Places): boolean {
  return places.list.some(({ name, inner }) => name === '__proto__' || hasPrototype(inner))
}

/** The value of a column from the text that PostgreSQL prints. */
function readerOf(column: Column): (text: string) => Json {
  switch (column.type) {
    case 'text':
    case 'uuid':
    case 'date':
      return (text) => text
    case 'boolean':
      return (text) => text === 't'
    case 'bigint':
    case 'double precision':
    case 'numeric':
      return (text) => {
        const number = Number(text)
        return Number.isFinite(number) ? number : (JSON.parse(text) as Json)
      }
    case 'jsonb':
      return (text) => JSON.parse(text) as Json
    default:
      return typeof column.format === 'number' ? instantReader(column.format) : byDecoder(column)
  }
}

/** As the codec's instantDecoder does. */
function instantReader(digits: number): (text: string) => Json {
  return (text) => {
    const fraction = digits > 0 ? `.${(text[19] === '.' ? text.slice(20, -3) : '').padEnd(digits, '0')}` : ''
    return `${text.slice(0, 10)}T${text.slice(11, 19)}${fraction}Z`
  }
}

const out = new Bytes(256)

function byDecoder(column: Column): (text: string) => Json {
  const decode = decoderOf(column)
  return (text) => {
    const { bytes, ends } = copyText([text])
    out.clear()
    decode(bytes, 0, ends[0] as number, out)
    return JSON.parse(out.data.toString('utf8', 0, out.length)) as Json
  }
}
