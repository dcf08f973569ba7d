import { formatPointer } from '../schema/pointer.ts'
import { afterMember, countMembers, memberFinder, sameValue } from './equal.ts'
import { FALSE, KEY, LIST, OBJECT, STRIDE, STRING, type Tape, TRUE } from './tape.ts'

/**
 * One place where two values differ. `source` and `target` are JSON text, cut to 200 characters; for `length` they are
 * the two lengths. `missing`: the target lacks it. `extra`: only the target has it.
 */
export interface Difference {
  /** RFC 6901. */
  pointer: string
  kind: 'missing' | 'extra' | 'type' | 'value' | 'length'
  source?: string
  target?: string
}

const LONGEST_EXCERPT = 200

type Report = (difference: Difference) => void

/**
 * Reports every difference between a value of the source (`a`) and its counterpart in the target (`b`), at the deepest
 * place where they differ, in the order of the source. It reports none exactly when `sameValue` is true. Lists are
 * compared position by position; of lists of unequal length the length is told first, then each element without a twin.
 */
export function differences(
  a: Tape,
  nodeA: number,
  b: Tape,
  nodeB: number,
  pointer: string,
  report: (d: Difference) => void,
): void {
  const kind = a.kind(nodeA)
  if (kind !== b.kind(nodeB) && !(isBoolean(kind) && isBoolean(b.kind(nodeB)))) {
    report({ pointer, kind: 'type', source: excerpt(a, nodeA), target: excerpt(b, nodeB) })
  } else if (kind === OBJECT) objectDifferences(a, nodeA, b, nodeB, pointer, report)
  else if (kind === LIST) listDifferences(a, nodeA, b, nodeB, pointer, report)
  else if (!sameValue(a, nodeA, b, nodeB)) {
    report({ pointer, kind: 'value', source: excerpt(a, nodeA), target: excerpt(b, nodeB) })
  }
}

function listDifferences(a: Tape, nodeA: number, b: Tape, nodeB: number, pointer: string, report: Report): void {
  const endA = a.next(nodeA)
  const endB = b.next(nodeB)
  const lengthA = countElements(a, nodeA)
  const lengthB = countElements(b, nodeB)
  if (lengthA !== lengthB) report({ pointer, kind: 'length', source: `${lengthA}`, target: `${lengthB}` })
  let i = nodeA + STRIDE
  let j = nodeB + STRIDE
  for (let index = 0; i < endA || j < endB; index++) {
    const place = `${pointer}/${index}`
    if (j >= endB) report({ pointer: place, kind: 'missing', source: excerpt(a, i) })
    else if (i >= endA) report({ pointer: place, kind: 'extra', target: excerpt(b, j) })
    else differences(a, i, b, j, place, report)
    if (i < endA) i = a.next(i)
    if (j < endB) j = b.next(j)
  }
}

function objectDifferences(a: Tape, nodeA: number, b: Tape, nodeB: number, pointer: string, report: Report): void {
  const endA = a.next(nodeA)
  const endB = b.next(nodeB)
  const count = countMembers(b, nodeB + STRIDE, endB)
  const find = count === 0 ? () => -1 : memberFinder(b, nodeB + STRIDE, endB, count)
  const found = new Set<number>()
  for (let key = nodeA + STRIDE; key < endA; key = afterMember(a, key)) {
    const twin = find(a, key)
    found.add(twin)
    if (twin < 0) report({ pointer: below(pointer, a, key), kind: 'missing', source: excerpt(a, key + STRIDE) })
    else differences(a, key + STRIDE, b, twin + STRIDE, below(pointer, a, key), report)
  }
  for (let key = nodeB + STRIDE; key < endB; key = afterMember(b, key)) {
    if (!found.has(key)) report({ pointer: below(pointer, b, key), kind: 'extra', target: excerpt(b, key + STRIDE) })
  }
}

function below(pointer: string, tape: Tape, key: number): string {
  return pointer + formatPointer([tape.text(key)])
}

function countElements(tape: Tape, list: number): number {
  let count = 0
  for (let node = list + STRIDE; node < tape.next(list); node = tape.next(node)) count++
  return count
}

/** `true` and `false` are kinds of their own on the tape, and one type in JSON. */
function isBoolean(kind: number): boolean {
  return kind === TRUE || kind === FALSE
}

/** The JSON text of a node as it is spelt, at most 200 characters long; a cut is shown by an ellipsis. */
export function excerpt(tape: Tape, node: number): string {
  const quote = tape.kind(node) === STRING || tape.kind(node) === KEY ? 1 : 0
  const from = tape.start(node) - quote
  const to = tape.stop(node) + quote
  // Four bytes are the most that a character takes, so that the text is longer than the limit when it is cut here.
  const cut = Math.min(to, from + 4 * (LONGEST_EXCERPT + 1))
  const text = Buffer.from(tape.bytes.buffer, tape.bytes.byteOffset + from, cut - from).toString('utf8')
  if (text.length <= LONGEST_EXCERPT && cut === to) return text
  let length = Math.min(text.length, LONGEST_EXCERPT - 1)
  if ((text.charCodeAt(length - 1) & 0xfc00) === 0xd800) length--
  return `${text.slice(0, length)}…`
}
