import { Bytes, sameBytes } from './bytes.ts'
import { sameDecimal } from './decimal.ts'
import { ESCAPED, LIST, NUMBER, OBJECT, STRIDE, STRING, type Tape } from './tape.ts'
import { unescapeJson } from './text.ts'

/** Up to this many members a name is looked for by walking; beyond it a map of the names is cheaper. */
const FEW = 24

const left = new Bytes(256)
const right = new Bytes(256)

/**
 * True when two nodes hold equal values: the same types, strings equal code unit by code unit, numbers equal as exact
 * decimals (the sign of zero does not count), lists in order, objects as sets of members; a missing member is not a null
 * one. The tapes may number names differently. Neither may hold a name twice in one object.
 */
export function sameValue(a: Tape, nodeA: number, b: Tape, nodeB: number): boolean {
  const kind = a.kind(nodeA)
  if (kind !== b.kind(nodeB)) return false
  if (kind === STRING) return sameText(a, nodeA, b, nodeB)
  if (kind === NUMBER) return sameNumber(a, nodeA, b, nodeB)
  if (kind === LIST) return sameList(a, nodeA, b, nodeB)
  return kind !== OBJECT || sameObject(a, nodeA, b, nodeB)
}

/** True when two STRING nodes, or two KEY nodes, name the same text however they are spelt. */
export function sameText(a: Tape, nodeA: number, b: Tape, nodeB: number): boolean {
  const escapedA = (a.flags(nodeA) & ESCAPED) !== 0
  const escapedB = (b.flags(nodeB) & ESCAPED) !== 0
  if (sameBytes(a.bytes, a.start(nodeA), a.stop(nodeA), b.bytes, b.start(nodeB), b.stop(nodeB))) return true
  if (!escapedA && !escapedB) return false
  left.clear()
  right.clear()
  unescapeJson(a.bytes, a.start(nodeA), a.stop(nodeA), left)
  unescapeJson(b.bytes, b.start(nodeB), b.stop(nodeB), right)
  return sameBytes(left.data, 0, left.length, right.data, 0, right.length)
}

function sameNumber(a: Tape, nodeA: number, b: Tape, nodeB: number): boolean {
  if (sameBytes(a.bytes, a.start(nodeA), a.stop(nodeA), b.bytes, b.start(nodeB), b.stop(nodeB))) return true
  return sameDecimal(a.raw(nodeA), b.raw(nodeB))
}

function sameList(a: Tape, nodeA: number, b: Tape, nodeB: number): boolean {
  const endA = a.next(nodeA)
  const endB = b.next(nodeB)
  let i = nodeA + STRIDE
  let j = nodeB + STRIDE
  for (; i < endA && j < endB; i = a.next(i), j = b.next(j)) if (!sameValue(a, i, b, j)) return false
  return i >= endA && j >= endB
}

/** Members in the same order are compared as they come; from the first name that differs, each one is looked for. */
function sameObject(a: Tape, nodeA: number, b: Tape, nodeB: number): boolean {
  const endA = a.next(nodeA)
  const endB = b.next(nodeB)
  let i = nodeA + STRIDE
  let j = nodeB + STRIDE
  for (; i < endA && j < endB && sameName(a, i, b, j); i = afterMember(a, i), j = afterMember(b, j))
    if (!sameValue(a, i + STRIDE, b, j + STRIDE)) return false
  if (i >= endA || j >= endB) return i >= endA && j >= endB
  const count = countMembers(a, i, endA)
  if (count !== countMembers(b, j, endB)) return false
  const find = memberFinder(b, j, endB, count)
  for (; i < endA; i = afterMember(a, i)) {
    const found = find(a, i)
    if (found < 0 || !sameValue(a, i + STRIDE, b, found + STRIDE)) return false
  }
  return true
}

/** True when two KEY nodes name the same member. */
export function sameName(a: Tape, keyA: number, b: Tape, keyB: number): boolean {
  if (a.keys === b.keys && a.keyId(keyA) >= 0) return a.keyId(keyA) === b.keyId(keyB)
  return sameText(a, keyA, b, keyB)
}

/** The KEY node after the member at `key`, or the end of its object. */
export function afterMember(tape: Tape, key: number): number {
  return tape.next(key + STRIDE)
}

export function countMembers(tape: Tape, from: number, end: number): number {
  let count = 0
  for (let key = from; key < end; key = afterMember(tape, key)) count++
  return count
}

/**
 * Finds members of `b` in [from, end) by the name of a member of another tape; -1 when there is none. A search begins
 * where the last one ended, because two orders of the same members mostly run in the same direction.
 */
export function memberFinder(b: Tape, from: number, end: number, count: number): (a: Tape, key: number) => number {
  if (count > FEW) return mapFinder(b, from, end)
  let cursor = from
  return (a, key) => {
    const start = cursor
    do {
      const candidate = cursor
      cursor = afterMember(b, cursor)
      if (cursor >= end) cursor = from
      if (sameName(a, key, b, candidate)) return candidate
    } while (cursor !== start)
    return -1
  }
}

function mapFinder(b: Tape, from: number, end: number): (a: Tape, key: number) => number {
  const byName = new Map<string, number>()
  for (let key = from; key < end; key = afterMember(b, key)) byName.set(b.text(key), key)
  return (a, key) => byName.get(a.text(key)) ?? -1
}

/**
 * Where the value at `from` in valid JSON ends, when it is spelt byte for byte as the given compact text but for white space
 * between its tokens: both then hold the same value. -1 says nothing: `sameValue` decides. `compact` is one whole object,
 * list, or text; of anything else, which does not tell its own end (`12` in `123`), the answer is always -1.
 */
export function endOfSpelling(
  source: Uint8Array,
  from: number,
  limit: number,
  compact: Uint8Array,
  compactLength: number,
): number {
  const first = compact[0]
  if (first !== 123 && first !== 91 && first !== 34) return -1
  const end = from + compactLength
  // Where the second bytes agree there is probably no white space at all: a native comparison says it in one go.
  if (source[from + 1] === compact[1] && end <= limit)
    if (Buffer.prototype.compare.call(source, compact, 0, compactLength, from, end) === 0) return end
  let i = from
  let j = 0
  while (i < limit && j < compactLength) {
    const byte = source[i] as number
    if (byte === compact[j]) {
      const length = byte === 34 ? sameString(source, i, limit, compact, j, compactLength) : 1
      if (length === 0) return -1
      i += length
      j += length
    } else if (byte === 32 || byte === 10 || byte === 13 || byte === 9) i++
    else return -1
  }
  return j === compactLength ? i : -1
}

/** Length of the string, quotes included, that begins at both places; 0 when the two are not spelt alike. */
function sameString(a: Uint8Array, from: number, to: number, b: Uint8Array, bFrom: number, bTo: number): number {
  const shift = bFrom - from
  const limit = Math.min(to, bTo - shift)
  for (let i = from + 1; i < limit; i++) {
    const byte = a[i] as number
    if (byte !== b[i + shift]) return 0
    if (byte === 34) return i + 1 - from
    if (byte === 92 && a[++i] !== b[i + shift]) return 0
  }
  return 0
}
