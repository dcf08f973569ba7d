import { crc32 } from 'node:zlib'

/**
 * One line of the dirty log. A mark: the record of this key is to be pushed. A clearing: all marks of the key up to and
 * with this number are done. Neither key nor collection: numbers up to this one have been given out.
 */
export interface LogEntry {
  seq: number
  collection?: string
  key?: string
  cleared?: true
}

const HEADER = 8
/** Longer than any key can be; a length beyond it is damage. */
const LONGEST = 1 << 24

/** An entry as it stands in the file: length and CRC-32 of the payload (little-endian), then the payload, JSON in UTF-8. */
export function frameOf(entry: LogEntry): Buffer {
  const payload = Buffer.from(JSON.stringify(entry))
  const frame = Buffer.allocUnsafe(HEADER + payload.length)
  frame.writeUInt32LE(payload.length, 0)
  frame.writeUInt32LE(crc32(payload), 4)
  payload.copy(frame, HEADER)
  return frame
}

export interface Frames {
  entries: LogEntry[]
  /** Length of the whole frames from the beginning on. */
  end: number
  /** Whole frames stand behind bytes that are none: not the torn end of an append, but damage, and marks may be lost. */
  damaged: boolean
}

/** Reads as many whole frames as there are. A tail that is no frame is an append that did not finish, and nobody waited for it. */
export function readFrames(bytes: Buffer): Frames {
  const entries: LogEntry[] = []
  let end = 0
  for (;;) {
    const found = frameAt(bytes, end)
    if (found === undefined) break
    entries.push(found.entry)
    end = found.end
  }
  const lost = framesBehind(bytes, end)
  return { entries: [...entries, ...lost], end, damaged: lost.length > 0 }
}

function frameAt(bytes: Buffer, at: number): { entry: LogEntry; end: number } | undefined {
  if (at + HEADER > bytes.length) return undefined
  const length = bytes.readUInt32LE(at)
  const end = at + HEADER + length
  if (length > LONGEST || end > bytes.length) return undefined
  const payload = bytes.subarray(at + HEADER, end)
  // An empty payload has the CRC 0: a run of zeros, as a lost block shows them, must not read as frames.
  if (length === 0 || crc32(payload) !== bytes.readUInt32LE(at + 4)) return undefined
  return { entry: JSON.parse(payload.toString()) as LogEntry, end }
}

const OPENING = Buffer.from('{"seq":')

function framesBehind(bytes: Buffer, from: number): LogEntry[] {
  const entries: LogEntry[] = []
  for (let at = bytes.indexOf(OPENING, from); at >= 0; at = bytes.indexOf(OPENING, at + 1)) {
    const found = at - HEADER > from ? frameAt(bytes, at - HEADER) : undefined
    if (found !== undefined) entries.push(found.entry)
  }
  return entries
}
