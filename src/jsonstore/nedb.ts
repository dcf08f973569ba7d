import type { FileHandle } from 'node:fs/promises'
import { Bytes } from './bytes.ts'
import { parseDecimal } from './decimal.ts'
import type { Sink } from './file-sink.ts'
import { memberNamed } from './members.ts'
import { NedbLines, refusedLine } from './nedb-lines.ts'
import { SliceReader } from './nedb-slices.ts'
import { NUMBER, OBJECT, STRING, type Tape, TRUE } from './tape.ts'

/** What a NeDB log came to. */
export interface NedbLog {
  /** Records that are current, and were written. */
  records: number
  /** Lines that held a value. */
  lines: number
  /** Lines that removed a record. */
  deleted: number
  /** Definitions of the current indexes, as the log spells them: `{"fieldName":"email","unique":true}`. */
  indexes: string[]
}

/** Where the current lines stand, in the order of the records. A removed one leaves a hole: from = -1. */
interface Current {
  places: Map<string, number>
  from: number[]
  to: number[]
  indexes: Map<string, string>
}

/** Output is handed on in runs of about this many bytes. */
const RUN = 1 << 18

/**
 * Writes the current records of a NeDB log (bytes [0, size) of `file`) as one JSON list, each record byte for byte as its
 * last line has it, `{"$$date":…}` included. The last line of an `_id` counts; an updated record keeps its place, one that
 * was removed and inserted again goes last. Ids are told apart by type: 1 and "1" are two records, as NeDB holds them in
 * memory (its own loader would merge them). Memory: the ids and two numbers for each, and the longest line.
 */
export async function materialiseNedb(file: FileHandle, size: number, sink: Sink): Promise<NedbLog> {
  const lines = new NedbLines(file, size)
  const current: Current = { places: new Map(), from: [], to: [], indexes: new Map() }
  let count = 0
  let deleted = 0
  while (await lines.next()) {
    count++
    if (takeLine(lines, current)) deleted++
  }
  await writeList(new SliceReader(file), current, sink)
  return { records: current.places.size, lines: count, deleted, indexes: [...current.indexes.values()] }
}

/** Applies one line; true when it removed a record. */
function takeLine(lines: NedbLines, current: Current): boolean {
  const { tape } = lines
  const idNode = memberNamed(tape, 0, '_id')
  if (idNode === undefined) {
    takeIndexLine(lines, current)
    return false
  }
  const id = idKey(tape, idNode)
  const place = current.places.get(id)
  const mark = memberNamed(tape, 0, '$$deleted')
  if (mark !== undefined && tape.kind(mark) === TRUE) {
    if (place !== undefined) current.from[place] = -1
    return current.places.delete(id)
  }
  if (place === undefined) current.places.set(id, current.from.length)
  current.from[place ?? current.from.length] = lines.from
  current.to[place ?? current.to.length] = lines.to
  return false
}

function takeIndexLine(lines: NedbLines, current: Current): void {
  const { tape } = lines
  const created = memberNamed(tape, 0, '$$indexCreated')
  if (created !== undefined && tape.kind(created) === OBJECT) {
    const text = Buffer.from(tape.bytes.subarray(tape.start(created), tape.stop(created))).toString('utf8')
    const { fieldName } = JSON.parse(text) as { fieldName?: unknown }
    if (fieldName !== undefined) {
      current.indexes.set(JSON.stringify(fieldName), text)
      return
    }
  }
  const removed = memberNamed(tape, 0, '$$indexRemoved')
  if (removed === undefined || tape.kind(removed) !== STRING)
    throw refusedLine(lines.number, lines.from, 'it is neither a record with `_id` nor an index.')
  current.indexes.delete(JSON.stringify(tape.text(removed)))
}

/** One text for each id, whatever its spelling; its first letter is its type. */
function idKey(tape: Tape, node: number): string {
  const kind = tape.kind(node)
  if (kind === STRING) return `s${tape.text(node)}`
  if (kind !== NUMBER) return `v${tape.raw(node)}`
  const { negative, digits, exponent } = parseDecimal(tape.raw(node))
  return digits === '' ? 'n0' : `n${negative ? '-' : ''}${digits}e${exponent}`
}

async function writeList(reader: SliceReader, current: Current, sink: Sink): Promise<void> {
  const out = new Bytes(RUN)
  out.ascii('[')
  let first = true
  for (const [i, from] of current.from.entries()) {
    if (from < 0) continue
    out.ascii(first ? '\n' : ',\n')
    first = false
    out.append(await reader.slice(from, current.to[i] as number))
    if (out.length < RUN) continue
    await sink.write(out.view())
    out.clear()
  }
  out.ascii(first ? ']\n' : '\n]\n')
  await sink.write(out.view())
}
