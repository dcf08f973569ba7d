import { OutgrowError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { memberNamed } from './members.ts'
import { KEY, LIST, OBJECT, STRIDE, STRING, type Tape } from './tape.ts'

/**
 * Appends a record as a line of a NeDB log: its spelling kept, the white space between its tokens dropped (a log has one
 * record per line). A record without `_id` is refused, because NeDB would drop the line when it loads. The records of a
 * log come first, its index lines after them, as NeDB itself compacts a log.
 */
export function writeNedbLine(tape: Tape, out: Bytes): void {
  if (memberNamed(tape, 0, '_id') === undefined) {
    throw new OutgrowError('source-unfit', 'A record without `_id` cannot be written to a NeDB log.', {
      next: 'Export to a JSON file, or give the record an `_id`.',
    })
  }
  writeCompact(tape, 0, out)
  out.push(10)
}

/** Appends the line that defines an index; `definition` is one of `NedbLog.indexes`. */
export function writeNedbIndexLine(definition: string, out: Bytes): void {
  out.append(Buffer.from(`{"$$indexCreated":${definition}}\n`))
}

/** Appends a value without white space between its tokens, each token spelt as the tape has it. */
export function writeCompact(tape: Tape, node: number, out: Bytes): void {
  const kind = tape.kind(node)
  if (kind !== LIST && kind !== OBJECT) {
    const quote = kind === STRING || kind === KEY ? 1 : 0
    out.append(tape.bytes, tape.start(node) - quote, tape.stop(node) + quote)
    return
  }
  const isObject = kind === OBJECT
  out.push(isObject ? 123 : 91)
  for (let at = node + STRIDE; at < tape.next(node); ) {
    if (at > node + STRIDE) out.push(44)
    const value = isObject ? at + STRIDE : at
    if (isObject) {
      writeCompact(tape, at, out)
      out.push(58)
    }
    writeCompact(tape, value, out)
    at = tape.next(value)
  }
  out.push(isObject ? 125 : 93)
}
