import { createHash } from 'node:crypto'
import { Bytes } from '../jsonstore/bytes.ts'
import { parseDecimal } from '../jsonstore/decimal.ts'
import { memberNamed } from '../jsonstore/members.ts'
import { LIST, NUMBER, OBJECT, STRIDE, STRING, type Tape } from '../jsonstore/tape.ts'
import { escapeJson, unescapeJson } from '../jsonstore/text.ts'
import { POSITION, type Table } from '../schema/plan.ts'
import { parsePointer } from '../schema/pointer.ts'
import type { Identify } from './strays.ts'

/** Names a record by its key, as the plan says, or by what it holds where the collection has no key. */
export function identifierOf(table: Table | undefined): Identify {
  const column = table?.columns.find((one) => one.name === table.key[0])
  if (!table || !column || table.key[0] === POSITION || column.pointer === '#') return contentOf
  const path = parsePointer(column.pointer) ?? []
  return (tape, record) => {
    let node: number | undefined = record
    for (const step of path) node = node === undefined ? undefined : memberNamed(tape, node, step)
    return node === undefined ? contentOf(tape, record) : canonicalText(tape, node)
  }
}

function contentOf(tape: Tape, node: number): string {
  return createHash('sha256').update(canonicalText(tape, node)).digest('base64')
}

const wtf8 = new Bytes(256)
const body = new Bytes(256)

/** The value in one spelling: members sorted, numbers as digits and exponent, strings with the fewest escapes. */
export function canonicalText(tape: Tape, node: number): string {
  const kind = tape.kind(node)
  if (kind === NUMBER) {
    const { negative, digits, exponent } = parseDecimal(tape.raw(node))
    return digits === '' ? '0' : `${negative ? '-' : ''}${digits}e${exponent}`
  }
  if (kind === STRING) return canonicalString(tape, node)
  if (kind !== LIST && kind !== OBJECT) return tape.raw(node)
  const parts: string[] = []
  const end = tape.next(node)
  if (kind === LIST)
    for (let item = node + STRIDE; item < end; item = tape.next(item)) parts.push(canonicalText(tape, item))
  else
    for (let key = node + STRIDE; key < end; key = tape.next(key + STRIDE))
      parts.push(`${canonicalString(tape, key)}:${canonicalText(tape, key + STRIDE)}`)
  return kind === LIST ? `[${parts.join()}]` : `{${parts.sort().join()}}`
}

function canonicalString(tape: Tape, node: number): string {
  wtf8.clear()
  body.clear()
  unescapeJson(tape.bytes, tape.start(node), tape.stop(node), wtf8)
  escapeJson(wtf8.data, 0, wtf8.length, body)
  return `"${body.data.toString('utf8', 0, body.length)}"`
}
