import { crc32 } from 'node:zlib'

/** An entry of a log. It is written with its number first. */
export interface Numbered {
  seq: number
}

const HEADER = 8

/** An entry as it stands in the file: length and CRC-32 of the payload (little-endian), then the payload, JSON in UTF-8. */
export function frameOf(entry: Numbered): Buffer {
  const payload = Buffer.from(JSON.stringify(entry))
  const frame = Buffer.allocUnsafe(HEADER + payload.length)
  frame.writeUInt32LE(payload.length, 0)
  frame.writeUInt32LE(crc32(payload), 4)
  payload.copy(frame, HEADER)
  return frame
}

export interface Frames<E> {
  entries: E[]
  /** Length of the whole frames from the beginning on. */
  end: number
  /** Whole frames stand behind bytes that are none: not the torn end of an append, but damage, and entries may be lost. */
  damaged: boolean
}

/** Reads as many whole frames as there are. A tail that is no frame is an append that did not finish, and nobody waited for it. */
export function readFrames<E extends Numbered>(bytes: Buffer): Frames<E> {
  const entries: E[] = []
  let end = 0
  for (;;) {
    const found = frameAt<E>(bytes, end)
    if (found === undefined) break
    entries.push(found.entry)
    end = found.end
  }
  const lost = framesBehind<E>(bytes, end)
  return { entries: [...entries, ...lost], end, damaged: lost.length > 0 }
}

function frameAt<E>(bytes: Buffer, at: number): { entry: E; end: number } | undefined {
  if (at + HEADER > bytes.length) return undefined
  const length = bytes.readUInt32LE(at)
  const end = at + HEADER + length
  if (end > bytes.length) return undefined
  const payload = bytes.subarray(at + HEADER, end)
  // An empty payload has the CRC 0: a run of zeros, as a lost block shows them, must not read as frames.
  if (length === 0 || crc32(payload) !== bytes.readUInt32LE(at + 4)) return undefined
  return { entry: JSON.parse(payload.toString()) as E, end }
}

/** No text inside an entry looks like this, since its quotes are escaped there. */
const OPENING = Buffer.from('{"seq":')

function framesBehind<E>(bytes: Buffer, from: number): E[] {
  const entries: E[] = []
  for (let at = bytes.indexOf(OPENING, from); at >= 0; at = bytes.indexOf(OPENING, at + 1)) {
    const found = at - HEADER > from ? frameAt<E>(bytes, at - HEADER) : undefined
    if (found !== undefined) entries.push(found.entry)
  }
  return entries
}
