import type { FileHandle } from 'node:fs/promises'
import { OutgrowError } from '../errors.ts'
import { Bytes } from './bytes.ts'
import { everyOtherIsNul } from './document.ts'
import type { Sink } from './file-sink.ts'
import { SalvageItems } from './salvage-items.ts'
import { type Stretch, Wreck } from './wreck.ts'

/** What a salvage came to. Offsets are those of the file (of its text as UTF-8, when it was UTF-16). */
export interface Salvage {
  /** What was left out, in the order of the file. */
  lost: Stretch[]
  /** What was written in another spelling, because the file's was not JSON but could mean one thing only. */
  respelled: Stretch[]
  /** Records that were written. */
  kept: number
}

const LARGEST = 1_000_000_000
const PREFIX = /^(?:export\s+default|(?:(?:var|let|const)\s+)?[A-Za-z_$][\w$.]*\s*=)\s*(?=[[{])/

/**
 * Writes what can be read of a damaged document as a JSON document, and lists each byte range that was left out. A record
 * that cannot be read is lost as a whole; no value is guessed, and those that are JSON are copied byte for byte. Whether
 * what is left is good enough is for a person to say: nothing else uses the result. Refused: a file above 1 GB, and one
 * in which no list or object begins.
 */
export async function salvage(file: FileHandle, size: number, sink: Sink): Promise<Salvage> {
  if (size > LARGEST) {
    throw new OutgrowError('source-unfit', `The file has ${size} bytes; up to ${LARGEST} can be salvaged.`, {
      next: 'Cut the file into parts between two records, and salvage each.',
    })
  }
  const { bytes, converted } = toUtf8(await readAll(file, size))
  const wreck = new Wreck(bytes)
  if (converted) wreck.respell(0, size, 'UTF-16; the offsets below are those of its text in UTF-8')
  const out = new Bytes(Math.max(64, bytes.length))
  const items = new SalvageItems(wreck, out)
  writeDocument(wreck, items)
  out.push(10)
  await sink.write(out.view())
  return { lost: Wreck.inOrder(wreck.lost), respelled: Wreck.inOrder(wreck.respelled), kept: items.kept }
}

function writeDocument(wreck: Wreck, items: SalvageItems): void {
  let at = toFirstBracket(wreck)
  const byte = wreck.bytes[at]
  if (byte === 34 || byte === 39) {
    wreck.respell(at, at, '`{` is missing')
    at = items.items(at, 123, 0)
  } else if (byte === 91 || byte === 123) at = items.items(at + 1, byte, 0)
  else throw nothingToSalvage(at)
  loseRest(wreck, at)
}

/** Passes over a byte order mark, comments, what makes a script of a document, and a brace around a list. */
function toFirstBracket(wreck: Wreck): number {
  const marked = wreck.bytes.subarray(0, 3).equals(Buffer.from('\ufeff'))
  let at = wreck.white(marked ? 3 : 0)
  const prefix = PREFIX.exec(wreck.bytes.toString('latin1', at, at + 500))?.[0] ?? ''
  if (prefix !== '') wreck.lose(at, at + prefix.length, 'a script around the document')
  at += prefix.length
  if (wreck.bytes[at] !== 123) return at
  const inner = wreck.white(at + 1)
  if (wreck.bytes[inner] !== 91) return at
  wreck.lose(at, at + 1, 'a brace around a list')
  return inner
}

/** What follows the document: brackets too many, a semicolon, or another document. */
function loseRest(wreck: Wreck, from: number): void {
  let at = wreck.white(from)
  while (at < wreck.end && ';,}])'.includes(String.fromCharCode(wreck.bytes[at] as number))) {
    wreck.lose(at, at + 1, 'a mark after the end of the document')
    at = wreck.white(at + 1)
  }
  if (at >= wreck.end) return
  const why = wreck.isFill(at) ? 'NUL bytes' : 'what follows the end of the document'
  wreck.lose(at, wreck.end, why)
}

async function readAll(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, size - at, at)
    if (bytesRead === 0) return bytes.subarray(0, at)
    at += bytesRead
  }
  return bytes
}

/** UTF-16 as UTF-8; a lone surrogate becomes its escape, which is its only spelling in UTF-8. */
function toUtf8(bytes: Buffer): { bytes: Buffer; converted: boolean } {
  const big = (bytes[0] === 0xfe && bytes[1] === 0xff) || everyOtherIsNul(bytes) === 0
  const little = (bytes[0] === 0xff && bytes[1] === 0xfe) || everyOtherIsNul(bytes) === 1
  if (!big && !little) return { bytes, converted: false }
  const even = bytes.subarray(0, bytes.length & ~1)
  const text = (big ? Buffer.from(even).swap16() : even).toString('utf16le').replace(/^\ufeff/, '')
  const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
  const escaped = text.replace(lone, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`)
  return { bytes: Buffer.from(escaped), converted: true }
}

function nothingToSalvage(at: number): OutgrowError {
  return new OutgrowError('source-damaged', `No list or object begins at byte ${at}: there is nothing to salvage.`, {
    place: `byte ${at}`,
    next: 'Restore the file from a backup.',
  })
}
