import type { Bytes } from '../jsonstore/bytes.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { memberOf } from '../jsonstore/members.ts'
import { NULL, OBJECT, Tape } from '../jsonstore/tape.ts'
import { POSITION, type Table } from '../schema/plan.ts'
import { parsePointer } from '../schema/pointer.ts'
import { writeText } from './copy-text.ts'
import { encoderOf } from './encode-value.ts'

const TAB = 9

/** Where a record stands: its place in the collection, from 1, and its name when the collection is keyed. */
export interface Standing {
  position: number
  /** COPY text of the member name. */
  name: Bytes
}

/** Appends the key of a record as COPY text, a tab behind each column; false when the record has no such key. */
export type WriteKey = (tape: Tape, record: number, standing: Standing, out: Bytes) => boolean

/** The key writer of a collection's own table. */
export function keyWriterOf(table: Table, keys: KeyTable): WriteKey {
  const parts = table.key.map((name) => keyPart(table, name, keys))
  return (tape, record, standing, out) =>
    parts.every((write) => {
      const wrote = write(tape, record, standing, out)
      out.push(TAB)
      return wrote
    })
}

function keyPart(table: Table, name: string, keys: KeyTable): WriteKey {
  if (name === POSITION) return (_tape, _record, { position }, out) => writeDigits(position, out)
  const column = table.columns.find((one) => one.name === name)
  if (!column || column.pointer === '#') return (_tape, _record, standing, out) => writeName(standing, out)
  const encode = encoderOf(column)
  const path = (parsePointer(column.pointer) ?? []).map((step) => keys.idOfName(step))
  return (tape, record, _standing, out) => {
    let node: number | undefined = record
    for (const step of path)
      node = node !== undefined && tape.kind(node) === OBJECT ? memberOf(tape, node, step) : undefined
    return node !== undefined && tape.kind(node) !== NULL && encode(tape, node, out)
  }
}

function writeDigits(position: number, out: Bytes): boolean {
  out.ascii(String(position))
  return true
}

function writeName({ name }: Standing, out: Bytes): boolean {
  out.append(name.data, 0, name.length)
  return true
}

const nameTape = new Tape(new KeyTable())

/** The COPY text of a member name, into `out`; false when no text column holds it. */
export function writeMemberName(name: string, out: Bytes): boolean {
  const json = Buffer.from(JSON.stringify(name))
  nameTape.read(json, 0, json.length, 0, true)
  out.clear()
  return writeText(nameTape, 0, out)
}
