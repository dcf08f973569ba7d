import { Bytes } from '../jsonstore/bytes.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { STRIDE, Tape } from '../jsonstore/tape.ts'
import { escapeJson, pushText } from '../jsonstore/text.ts'
import { readField, spanOf, writeJson } from './copy-text.ts'

/**
 * The aside: what a record holds beyond its columns, as one JSON object in the column `_aside`:
 * - `set`: values by their JSON pointer in the record: what no column carries, and members the plan does not know;
 * - `absent`: pointers of members that are missing though their NULL would be read as null (or as an empty list);
 * - `record`: the whole value, when an element of the list is not an object at all.
 */
export class AsideWriter {
  #set = new Bytes(256)
  #absent = new Bytes(64)
  #record = new Bytes(0)

  get isEmpty(): boolean {
    return this.#set.length === 0 && this.#absent.length === 0 && this.#record.length === 0
  }

  clear(): void {
    this.#set.length = 0
    this.#absent.length = 0
    this.#record.length = 0
  }

  set(pointer: string, tape: Tape, node: number): void {
    if (this.#set.length > 0) this.#set.push(44)
    pushJsonText(this.#set, pointer)
    this.#set.push(58)
    writeJson(tape, node, this.#set)
  }

  absent(pointer: string): void {
    if (this.#absent.length > 0) this.#absent.push(44)
    pushJsonText(this.#absent, pointer)
  }

  record(tape: Tape, node: number): void {
    writeJson(tape, node, this.#record)
  }

  /** Appends the aside as COPY text. */
  write(out: Bytes): void {
    out.push(123)
    let separator = ''
    const member = (head: string, body: Bytes, tail: string): void => {
      if (body.length === 0) return
      out.ascii(separator + head)
      out.append(body.data, 0, body.length)
      out.ascii(tail)
      separator = ','
    }
    member('"record":', this.#record, '')
    member('"set":{', this.#set, '}')
    member('"absent":[', this.#absent, ']')
    out.push(125)
  }
}

const wtf8 = new Bytes(256)
const body = new Bytes(256)

/** Appends a string as JSON inside COPY text: escaped once for JSON, its backslashes once more for COPY. */
function pushJsonText(out: Bytes, text: string): void {
  wtf8.clear()
  pushText(wtf8, text)
  body.clear()
  escapeJson(wtf8.data, 0, wtf8.length, body)
  out.push(34)
  for (let i = 0; i < body.length; i++) {
    const c = body.data[i] as number
    if (c === 92) out.push(92)
    out.push(c)
  }
  out.push(34)
}

/** An aside that was read back. Values are kept as JSON bytes. */
export interface Aside {
  set: Map<string, Buffer>
  absent: Set<string>
  record: Buffer | undefined
}

const field = new Bytes(256)
const keys = new KeyTable()
const tape = new Tape(keys)

/** Reads the COPY text of an `_aside` column that is not NULL. */
export function readAside(bytes: Uint8Array, start: number, end: number): Aside {
  field.clear()
  readField(bytes, start, end, field)
  // Its own bytes: the values must outlive the next field.
  const text = Buffer.from(field.view())
  tape.read(text, 0, text.length, 0, true)
  const aside: Aside = { set: new Map(), absent: new Set(), record: undefined }
  forEachMember(tape, 0, (name, value) => {
    if (name === 'record') aside.record = bytesOf(text, value)
    else if (name === 'set') forEachMember(tape, value, (pointer, node) => aside.set.set(pointer, bytesOf(text, node)))
    else for (let at = value + STRIDE; at < tape.next(value); at = tape.next(at)) aside.absent.add(tape.text(at))
  })
  return aside
}

function forEachMember(of: Tape, object: number, visit: (name: string, value: number) => void): void {
  for (let key = object + STRIDE; key < of.next(object); key = of.next(key + STRIDE)) visit(of.text(key), key + STRIDE)
}

function bytesOf(text: Buffer, node: number): Buffer {
  const { from, to } = spanOf(tape, node)
  return text.subarray(from, to)
}
