import type { Bytes } from './bytes.ts'
import { KEY, LIST, OBJECT, STRIDE, STRING, type Tape } from './tape.ts'

const QUOTE = 34
const COMMA = 44
const SPACE = 32
const NEWLINE = 10

/**
 * Appends a value laid out as `JSON.stringify(value, null, 2)` lays it out, `level` levels deep, with the spelling of
 * every number, string and name as the tape has it. The first line is not indented: it continues the caller's.
 */
export function writePretty(tape: Tape, node: number, out: Bytes, level = 0): void {
  const kind = tape.kind(node)
  if (kind !== LIST && kind !== OBJECT) {
    writeScalar(tape, node, out)
    return
  }
  const end = tape.next(node)
  const isObject = kind === OBJECT
  out.push(isObject ? 123 : 91)
  for (let at = node + STRIDE; at < end; ) {
    if (at > node + STRIDE) out.push(COMMA)
    newLine(out, level + 1)
    const value = isObject ? at + STRIDE : at
    if (isObject) {
      writeScalar(tape, at, out)
      out.ascii(': ')
    }
    writePretty(tape, value, out, level + 1)
    at = tape.next(value)
  }
  if (end > node + STRIDE) newLine(out, level)
  out.push(isObject ? 125 : 93)
}

/** Appends a scalar or a member name as it is spelt. */
function writeScalar(tape: Tape, node: number, out: Bytes): void {
  const kind = tape.kind(node)
  const quoted = kind === STRING || kind === KEY
  if (quoted) out.push(QUOTE)
  out.append(tape.bytes, tape.start(node), tape.stop(node))
  if (quoted) out.push(QUOTE)
}

/** Ends the line and indents the next one by two spaces a level. */
export function newLine(out: Bytes, level: number): void {
  out.reserve(1 + level * 2)
  out.data[out.length++] = NEWLINE
  out.data.fill(SPACE, out.length, out.length + level * 2)
  out.length += level * 2
}
