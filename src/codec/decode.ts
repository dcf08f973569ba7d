import type { Bytes } from '../jsonstore/bytes.ts'
import { formatPointer, parsePointer } from '../schema/pointer.ts'
import { type Aside, readAside } from './aside.ts'
import { type DecodeValue, decoderOf } from './decode-value.ts'
import type { Layout, Place, Places } from './layout.ts'

/** One row of COPY text: field i is bytes [starts[i], ends[i]); `\N` is NULL. */
export interface Fields {
  bytes: Uint8Array
  starts: Int32Array
  ends: Int32Array
}

/** The JSON list of a child's rows for the record at hand, or undefined when it has none. */
export type ListOf = (child: number) => Buffer | undefined

export function isNull({ bytes, starts, ends }: Fields, field: number): boolean {
  const start = starts[field] as number
  return ends[field] === start + 2 && bytes[start] === 92 && bytes[start + 1] === 78
}

/** Writes the JSON record that a row and its aside stand for: the inverse of RowEncoder on the same layout. */
export class RowDecoder {
  readonly layout: Layout
  #first: number
  #asideField: number
  #decoders: DecodeValue[]

  /** `first`: field of the first planned column; `asideField`: field of `_aside`. */
  constructor(layout: Layout, first: number, asideField: number) {
    this.layout = layout
    this.#first = first
    this.#asideField = asideField
    this.#decoders = layout.columns.map(decoderOf)
  }

  record(fields: Fields, listOf: ListOf, out: Bytes): void {
    if (isNull(fields, this.#asideField)) {
      this.#object(fields, this.layout.places, listOf, out)
      return
    }
    const { bytes, starts, ends } = fields
    const aside = readAside(bytes, starts[this.#asideField] as number, ends[this.#asideField] as number)
    if (aside.record && !this.#isFilled(fields, this.layout.places)) out.append(aside.record)
    else this.#objectWithAside(fields, this.layout.places, '', aside, listOf, out)
  }

  #object(fields: Fields, places: Places, listOf: ListOf, out: Bytes): void {
    out.push(123)
    let any = false
    for (const place of places.list) if (this.#member(fields, place, listOf, out, any)) any = true
    out.push(125)
  }

  /** Writes one member, behind a comma when another stands before it; false when the record does not have it. */
  #member(fields: Fields, place: Place, listOf: ListOf, out: Bytes, comma: boolean): boolean {
    const { columns, groups, children } = this.layout
    if (place.column >= 0) {
      const field = this.#first + place.column
      const none = isNull(fields, field)
      if (none && columns[place.column]?.null_means === 'absent') return false
      label(place, out, comma)
      if (none) out.ascii('null')
      else
        this.#decoders[place.column]?.(fields.bytes, fields.starts[field] as number, fields.ends[field] as number, out)
      return true
    }
    if (place.group >= 0) {
      const none = !this.#isFilled(fields, place.inner)
      if (none && groups[place.group]?.null_means === 'absent') return false
      label(place, out, comma)
      if (none) out.ascii('null')
      else this.#object(fields, place.inner, listOf, out)
      return true
    }
    const list = listOf(place.child)
    if (!list && children[place.child]?.empty_means === 'absent') return false
    label(place, out, comma)
    if (list) out.append(list)
    else out.ascii('[]')
    return true
  }

  /**
   * The columns, or the rows of a list, hold the member. Where they do, what the aside says of it is out of date: a statement
   * has written the column since, and must neither be lost by an export nor be overlooked by a comparison.
   */
  #isHeld(fields: Fields, place: Place, listOf: ListOf): boolean {
    if (place.column >= 0) return !isNull(fields, this.#first + place.column)
    return place.group >= 0 ? this.#isFilled(fields, place.inner) : listOf(place.child) !== undefined
  }

  #isFilled(fields: Fields, places: Places): boolean {
    return places.list.some((place) =>
      place.column >= 0 ? !isNull(fields, this.#first + place.column) : this.#isFilled(fields, place.inner),
    )
  }

  #objectWithAside(fields: Fields, places: Places, path: string, aside: Aside, listOf: ListOf, out: Bytes): void {
    out.push(123)
    let any = false
    const known = new Set<string>()
    for (const place of places.list) {
      known.add(place.pointer)
      const isHeld = this.#isHeld(fields, place, listOf)
      if (!isHeld && aside.absent.has(place.pointer)) continue
      const value = isHeld ? undefined : aside.set.get(place.pointer)
      if (value) {
        label(place, out, any)
        out.append(value)
        any = true
      } else if (isHeld && place.group >= 0) {
        label(place, out, any)
        this.#objectWithAside(fields, place.inner, place.pointer, aside, listOf, out)
        any = true
      } else if (this.#member(fields, place, listOf, out, any)) any = true
    }
    for (const [pointer, value] of aside.set) {
      if (known.has(pointer) || parentOf(pointer) !== path) continue
      if (any) out.push(44)
      out.append(Buffer.from(`${JSON.stringify(parsePointer(pointer)?.at(-1))}:`))
      out.append(value)
      any = true
    }
    out.push(125)
  }
}

function label(place: Place, out: Bytes, comma: boolean): void {
  out.append(comma ? place.following : place.label)
}

function parentOf(pointer: string): string {
  return formatPointer((parsePointer(pointer) ?? []).slice(0, -1))
}
