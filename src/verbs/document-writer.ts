import { readField } from '../codec/copy-text.ts'
import { Bytes } from '../jsonstore/bytes.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { writeNedbIndexLine, writeNedbLine } from '../jsonstore/nedb-write.ts'
import { newLine, writePretty } from '../jsonstore/pretty.ts'
import { Tape } from '../jsonstore/tape.ts'
import { escapeJson } from '../jsonstore/text.ts'
import type { RecordReader } from '../readback/record-reader.ts'
import type { Collection } from '../schema/plan.ts'

/** Bytes gathered before they are written. */
const BATCH = 1 << 18

/** A record that is in no table and belongs between those that are. */
export interface Displaced {
  /** Its place in the collection, from 1. */
  position: number
  /** Its name, where the collection is keyed. */
  name: string
  json: Buffer
}

/** Writes a document collection by collection, in the layout of `JSON.stringify(document, null, 2)`. */
export class DocumentWriter {
  records = 0
  #send: (bytes: Buffer) => Promise<void>
  #out = new Bytes(BATCH * 2)
  #record = new Bytes(4096)
  #name = new Bytes(64)
  #plain = new Bytes(64)
  #tape = new Tape(new KeyTable())
  #isFirst = true

  constructor(send: (bytes: Buffer) => Promise<void>) {
    this.#send = send
  }

  open(bracket: string): void {
    this.#out.ascii(bracket)
    this.#isFirst = true
  }

  /** An empty list or object stays on one line, as JSON.stringify leaves it. */
  close(bracket: string, level: number): void {
    if (!this.#isFirst) newLine(this.#out, level)
    this.#out.ascii(bracket)
    this.#isFirst = false
  }

  async collection(
    collection: Collection,
    level: number,
    reader: RecordReader,
    displaced: Displaced[],
    progress: (records: number) => void,
  ): Promise<void> {
    const isMany = collection.kind === 'list' || collection.kind === 'keyed'
    const any = await reader.advance()
    if (!isMany && !any && displaced.length === 0) return
    if (level > 0) this.#member(collection.name, level)
    if (isMany) await this.#records(collection.kind === 'keyed', level, any, reader, displaced, progress)
    else if (any) {
      this.#value(reader, level)
      await reader.advance()
    } else this.#displaced(displaced[0] as Displaced, level)
    this.#isFirst = false
  }

  async #records(
    keyed: boolean,
    level: number,
    any: boolean,
    reader: RecordReader,
    displaced: Displaced[],
    progress: (records: number) => void,
  ): Promise<void> {
    const waiting = [...displaced]
    this.open(keyed ? '{' : '[')
    for (let more = any; more; more = reader.advanceNow() ?? (await reader.advance())) {
      while (waiting[0] && waiting[0].position < reader.position)
        this.#displacedItem(waiting.shift() as Displaced, keyed, level + 1)
      this.#item(level + 1)
      if (keyed) this.#memberName(reader)
      this.#value(reader, level + 1)
      if (this.#out.length < BATCH) continue
      progress(this.records)
      await this.flush()
    }
    for (const one of waiting) this.#displacedItem(one, keyed, level + 1)
    this.close(keyed ? '}' : ']', level)
  }

  async log(reader: RecordReader): Promise<void> {
    while (await reader.advance()) {
      this.#read(reader)
      writeNedbLine(this.#tape, this.#out)
      if (this.#out.length >= BATCH) await this.flush()
    }
  }

  indexLine(definition: string): void {
    writeNedbIndexLine(definition, this.#out)
  }

  async flush(): Promise<void> {
    if (this.#out.length === 0) return
    await this.#send(this.#out.view())
    this.#out.clear()
  }

  #item(level: number): void {
    if (!this.#isFirst) this.#out.push(44)
    newLine(this.#out, level)
    this.#isFirst = false
  }

  #member(name: string, level: number): void {
    this.#item(level)
    this.#out.append(Buffer.from(`${JSON.stringify(name)}: `))
  }

  #displacedItem(one: Displaced, keyed: boolean, level: number): void {
    if (keyed) this.#member(one.name, level)
    else this.#item(level)
    this.#displaced(one, level)
  }

  #displaced({ json }: Displaced, level: number): void {
    this.#tape.read(json, 0, json.length, 0, true)
    this.records++
    writePretty(this.#tape, 0, this.#out, level)
  }

  #memberName(reader: RecordReader): void {
    this.#name.clear()
    this.#plain.clear()
    reader.writeName(this.#name)
    readField(this.#name.data, 0, this.#name.length, this.#plain)
    this.#out.push(34)
    escapeJson(this.#plain.data, 0, this.#plain.length, this.#out)
    this.#out.ascii('": ')
  }

  #value(reader: RecordReader, level: number): void {
    this.#read(reader)
    writePretty(this.#tape, 0, this.#out, level)
  }

  #read(reader: RecordReader): void {
    this.#record.clear()
    reader.write(this.#record)
    this.#tape.read(this.#record.data, 0, this.#record.length, 0, true)
    this.records++
  }
}
