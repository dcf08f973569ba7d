import type { Bytes } from '../jsonstore/bytes.ts'
import { LIST, NULL, OBJECT, STRIDE, type Tape } from '../jsonstore/tape.ts'
import { formatPointer } from '../schema/pointer.ts'
import { AsideWriter } from './aside.ts'
import { type EncodeValue, encoderOf } from './encode-value.ts'
import type { Layout, Place, Places } from './layout.ts'
import { type Narrowing, narrowingsOf } from './narrowing.ts'

const TAB = 9
const NEWLINE = 10

/** A record that its table cannot take, because the plan narrows: which column, and why. */
export interface Unfit {
  column: string
  reason: string
}

/**
 * Writes records of one table as rows of COPY text: the plan's columns in order, with `_aside` last. What is written
 * before and between (a parent's key, a position) is given by the caller. With RowDecoder on the same layout it is the
 * identity on every record it takes.
 */
export class RowEncoder {
  readonly layout: Layout
  /** Rows whose aside is not NULL, so far. */
  asides = 0
  #encoders: EncodeValue[]
  /** Node of each column's value in the record at hand, or -1. */
  #slots: Int32Array
  /** Group index → node of its object, or -1. */
  #groups: Int32Array
  #filled: Uint8Array
  #keyColumns: number[]
  #narrowings: (Narrowing | undefined)[]
  #aside = new AsideWriter()

  constructor(layout: Layout) {
    this.layout = layout
    this.#encoders = layout.columns.map(encoderOf)
    this.#slots = new Int32Array(layout.columns.length)
    this.#groups = new Int32Array(layout.groups.length)
    this.#filled = new Uint8Array(layout.columns.length)
    this.#narrowings = narrowingsOf(layout)
    this.#keyColumns = layout.table.key
      .map((name) => layout.columns.findIndex((one) => one.name === name))
      .filter((at) => at >= 0)
  }

  /**
   * Appends one row, or appends nothing and says why not. `before` is the COPY text of leading fields, each with its tab;
   * `after` that of fields between the columns and the aside; `keyText` the COPY text of a keyed record's name.
   */
  row(tape: Tape, record: number, out: Bytes, before: Bytes, after: Bytes, keyText: Bytes): Unfit | undefined {
    const start = out.length
    this.#aside.clear()
    this.#slots.fill(-1)
    this.#groups.fill(-1)
    out.append(before.data, 0, before.length)
    if (tape.kind(record) === OBJECT) this.#visit(tape, record, this.layout.places, '')
    else this.#aside.record(tape, record)
    const unfit = this.#columns(tape, out, keyText)
    if (unfit) {
      out.length = start
      return unfit
    }
    this.#emptyGroups(tape)
    out.append(after.data, 0, after.length)
    if (this.#aside.isEmpty) out.ascii('\\N')
    else {
      this.asides++
      this.#aside.write(out)
    }
    out.push(NEWLINE)
    return undefined
  }

  /** Notes where each column's value stands, and puts aside what has no column. */
  #visit(tape: Tape, object: number, places: Places, path: string): void {
    const end = tape.next(object)
    let known = 0
    for (let key = object + STRIDE; key < end; ) {
      const value = key + STRIDE
      const place = places.of(tape.keyId(key))
      if (place) {
        known++
        this.#member(tape, value, place)
      } else this.#aside.set(path + formatPointer([tape.text(key)]), tape, value)
      key = tape.next(value)
    }
    if (known < places.list.length) this.#missing(tape, object, places)
  }

  #member(tape: Tape, value: number, place: Place): void {
    const isNull = tape.kind(value) === NULL
    if (place.column >= 0) {
      if (!isNull) this.#slots[place.column] = value
      else if (this.layout.columns[place.column]?.null_means !== 'null') this.#aside.set(place.pointer, tape, value)
    } else if (place.group >= 0) {
      if (tape.kind(value) === OBJECT) {
        this.#groups[place.group] = value
        this.#visit(tape, value, place.inner, place.pointer)
      } else if (!isNull || this.layout.groups[place.group]?.null_means !== 'null')
        this.#aside.set(place.pointer, tape, value)
    } else if (!isHeldByRows(tape, value, this.layout.children[place.child]?.empty_means === 'empty'))
      this.#aside.set(place.pointer, tape, value)
  }

  /** A member that is not there says so when its NULL would be read as something that is. */
  #missing(tape: Tape, object: number, places: Places): void {
    for (const place of places.list) {
      const { columns, groups, children } = this.layout
      const says =
        place.column >= 0
          ? columns[place.column]?.null_means === 'null'
          : place.group >= 0
            ? groups[place.group]?.null_means === 'null'
            : children[place.child]?.empty_means === 'empty'
      if (says && !hasMember(tape, object, place, places)) this.#aside.absent(place.pointer)
    }
  }

  #columns(tape: Tape, out: Bytes, keyText: Bytes): Unfit | undefined {
    const { columns, keyColumn } = this.layout
    for (let i = 0; i < columns.length; i++) {
      if (i === keyColumn) {
        out.append(keyText.data, 0, keyText.length)
        out.push(TAB)
        continue
      }
      const node = this.#slots[i] as number
      const before = out.length
      const fits = node >= 0 && (this.#encoders[i] as EncodeValue)(tape, node, out)
      this.#filled[i] = fits ? 1 : 0
      if (!fits) {
        out.length = before
        if (this.#keyColumns.includes(i)) return keyProblem(columns[i]?.name ?? '', columns[i]?.type ?? '', node >= 0)
        out.ascii('\\N')
        if (node >= 0) this.#aside.set(columns[i]?.pointer ?? '', tape, node)
      }
      const refused = this.#narrowings[i]?.(tape, fits ? node : -1)
      if (refused) return { column: columns[i]?.name ?? '', reason: refused }
      out.push(TAB)
    }
    return undefined
  }

  /** An object none of whose columns took a value would be read as missing: it goes aside whole. */
  #emptyGroups(tape: Tape): void {
    for (let group = 0; group < this.#groups.length; group++) {
      const node = this.#groups[group] as number
      if (node < 0) continue
      const prefix = `${this.layout.groups[group]?.pointer}/`
      const isFilled = this.layout.columns.some(
        (column, i) => this.#filled[i] === 1 && column.pointer.startsWith(prefix),
      )
      if (!isFilled) this.#aside.set(this.layout.groups[group]?.pointer ?? '', tape, node)
    }
  }
}

/** True when the list is told by the rows of its child table: all objects, and not empty unless that is what no row means. */
export function isHeldByRows(tape: Tape, value: number, emptyIsHeld: boolean): boolean {
  if (tape.kind(value) !== LIST) return false
  const end = tape.next(value)
  if (end === value + STRIDE) return emptyIsHeld
  for (let item = value + STRIDE; item < end; item = tape.next(item)) if (tape.kind(item) !== OBJECT) return false
  return true
}

function hasMember(tape: Tape, object: number, place: Place, places: Places): boolean {
  const end = tape.next(object)
  for (let key = object + STRIDE; key < end; key = tape.next(key + STRIDE))
    if (places.of(tape.keyId(key)) === place) return true
  return false
}

function keyProblem(column: string, type: string, present: boolean): Unfit {
  return { column, reason: present ? `the key's value is not a ${type}` : 'the key is missing or null' }
}
