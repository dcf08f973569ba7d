import { OutgrowError } from '../errors.ts'
import { damageAt, damaged } from './damage.ts'
import { DONE, ITEM, Items, type Reading, skipWhite } from './items.ts'
import type { KeyTable } from './keys.ts'
import { NameSet } from './name-set.ts'
import type { Window } from './window.ts'

/** Where a value stands in the file: bytes [from, to). */
export interface Span {
  from: number
  to: number
}

export type Shape = 'list' | 'object' | 'scalar'

/** What a walk tells of the document, in its order. An item is on `items.tape` only during the call. */
export interface DocumentVisitor {
  /** A member of the document begins; `name` is null when the document itself is the one collection. */
  begin(name: string | null, shape: Shape): void
  item(items: Items): void
  /** Asked of each item before it is told: the offset behind its list or object, when the rest of it is known by other means. */
  restKnown?(items: Items): Promise<number | undefined> | undefined
  end(span: Span): void
}

/**
 * How the document's own braces are read: `object`, its members are collections; `map`, the document is one keyed
 * collection. A top-level list is always one collection.
 */
export type Root = 'object' | 'map'

export interface DocumentShape {
  root: 'object' | 'map' | 'list'
  byteOrderMark: boolean
}

/** Walks a whole document once, in bounded memory. Throws `source-damaged` with the byte offset of what is wrong. */
export async function walkDocument(
  window: Window,
  keys: KeyTable,
  visitor: DocumentVisitor,
  root: Root = 'object',
): Promise<DocumentShape> {
  // A read may bring fewer bytes than the mark has.
  while (window.end < 4 && (await window.fill()));
  const byteOrderMark = skipByteOrderMark(window)
  const first = await nextByte(window, 'an object or a list')
  if (first === 91 || (first === 123 && root === 'map')) {
    await walkMember(window, keys, visitor, null)
  } else if (first === 123) await walkMembers(window, keys, visitor)
  else await refuseScalar(window, keys)
  await nothingMore(window)
  return { root: first === 91 ? 'list' : root, byteOrderMark }
}

async function walkMembers(window: Window, keys: KeyTable, visitor: DocumentVisitor): Promise<void> {
  const seen = new Set<string>()
  window.at++
  if ((await nextByte(window, '`}` or a member name')) === 125) {
    window.at++
    return
  }
  for (;;) {
    if ((await nextByte(window, 'a member name')) !== 34) throw here(window, 'a member name')
    const offset = window.offset
    const name = await readName(window, keys)
    if (seen.has(name)) throw duplicateMember(name, offset, 'the document')
    seen.add(name)
    if ((await nextByte(window, '`:`')) !== 58) throw here(window, '`:`')
    window.at++
    await nextByte(window, 'a value')
    await walkMember(window, keys, visitor, name)
    const mark = await nextByte(window, '`,` or `}`')
    if (mark !== 44 && mark !== 125) throw here(window, '`,` or `}`')
    window.at++
    if (mark === 125) return
  }
}

async function walkMember(
  window: Window,
  keys: KeyTable,
  visitor: DocumentVisitor,
  name: string | null,
): Promise<void> {
  const byte = window.bytes[window.at] as number
  const shape: Shape = byte === 91 ? 'list' : byte === 123 ? 'object' : 'scalar'
  const reading: Reading = byte === 91 ? 'elements' : byte === 123 ? 'members' : 'whole'
  const from = window.offset
  visitor.begin(name, shape)
  const items = new Items(window, reading, keys)
  const names = reading === 'members' ? new NameSet() : undefined
  for (;;) {
    const found = items.next()
    if (found === ITEM) {
      if (names?.add(items.name) === false) throw duplicateMember(items.name, items.offset, 'one object')
      const rest = visitor.restKnown?.(items)
      const to = rest && (await rest)
      if (to === undefined) visitor.item(items)
      else {
        await window.passTo(to)
        break
      }
    } else if (found === DONE) break
    else await items.fill()
  }
  visitor.end({ from, to: window.offset })
}

async function readName(window: Window, keys: KeyTable): Promise<string> {
  const items = new Items(window, 'whole', keys)
  for (;;) {
    if (items.next() === ITEM) return items.tape.text(0)
    await items.fill()
  }
}

async function nextByte(window: Window, wanted: string): Promise<number> {
  for (;;) {
    window.at = skipWhite(window, window.at)
    if (window.at < window.end) return window.bytes[window.at] as number
    if (window.last) throw here(window, wanted)
    await window.fill()
  }
}

function skipByteOrderMark(window: Window): boolean {
  const { bytes, end } = window
  if (end === 0) throw damaged(0, 'the file holds no bytes', 'empty')
  if (end >= 2 && bytes[0] === 0 && bytes.subarray(0, end).every((byte) => byte === 0))
    throw damaged(0, 'the file is filled with NUL bytes', 'not JSON')
  const nul = everyOtherIsNul(bytes.subarray(0, end))
  if (nul >= 0) throw damaged(nul, 'every other byte is NUL', 'UTF-16, not UTF-8')
  const marked = end >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  if (marked) window.at = 3
  return marked
}

/** The first NUL of a text that begins as JSON in UTF-16 does, without a byte order mark; -1 when it does not. */
export function everyOtherIsNul(bytes: Uint8Array): number {
  const [a, b, c, d] = bytes
  if (d === undefined || (a === 0) === (b === 0) || (a === 0) !== (c === 0) || (b === 0) !== (d === 0)) return -1
  return a === 0 ? 0 : 1
}

/** A document that is one scalar is no store; `null` is what LowDB leaves behind when it is asked to write nothing. */
async function refuseScalar(window: Window, keys: KeyTable): Promise<void> {
  const items = new Items(window, 'whole', keys)
  while (items.next() !== ITEM) await items.fill()
  await nothingMore(window)
  const shown = items.tape.raw(0).slice(0, 40)
  throw new OutgrowError(
    'source-damaged',
    `The document is the single value ${shown}, not an object of collections or a list.`,
    {
      place: `byte ${items.offset}`,
      next: 'Point outgrow at the JSON file that holds the records.',
    },
  )
}

async function nothingMore(window: Window): Promise<void> {
  for (;;) {
    window.at = skipWhite(window, window.at)
    if (window.at < window.end) break
    if (!(await window.fill())) return
  }
  const byte = window.bytes[window.at] as number
  if (byte === 123 || byte === 91) throw damaged(window.offset, 'a second document begins', 'two documents in one file')
  throw here(window, 'the end of the file')
}

function here(window: Window, wanted: string): OutgrowError {
  return damageAt(window.bytes, window.at, window.end, window.offset, wanted)
}

function duplicateMember(name: string, offset: number, where: string): OutgrowError {
  return new OutgrowError(
    'source-damaged',
    `The member ${JSON.stringify(name)} stands twice in ${where}, again at byte ${offset}.`,
    {
      place: `byte ${offset}`,
      next: 'Remove one, or pass `--duplicate-keys=last` to keep the last, as JSON.parse does.',
    },
  )
}
