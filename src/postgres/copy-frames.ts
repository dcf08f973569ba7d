/** Types of the messages of a `copy to stdout`, as in PostgreSQL's message formats. */
const COPY_DATA = 'd'.charCodeAt(0)
const COPY_OUT_RESPONSE = 'H'.charCodeAt(0)
const NOTICE = 'N'.charCodeAt(0)
const PARAMETER_STATUS = 'S'.charCodeAt(0)
const NOTIFICATION = 'A'.charCodeAt(0)

/** Type (1 byte) and length (4 bytes, which counts itself). */
const HEADER = 5

export interface Taken {
  /** Bytes of rows; a part of the input's memory. */
  payload: Buffer | undefined
  /** From the first message that ends the rows (CopyDone, an error); what is not ours to read. */
  rest: Buffer | undefined
}

/**
 * Reads the messages of one COPY from the bytes of the socket, however these are cut. The server wraps each row in a
 * message of its own, so the rows of a chunk are moved together in place: five bytes are skipped for each, and nothing
 * is allocated. Messages that may come between rows (notices, parameter changes) are skipped.
 */
export function openFrames(): (bytes: Buffer) => Taken {
  // What is left of the message being read, and whether it is a row; or the part of a header that has come.
  let missing = 0
  let isRow = false
  let header: Buffer = Buffer.alloc(0)
  return (input) => {
    const bytes = header.length > 0 ? Buffer.concat([header, input]) : input
    header = Buffer.alloc(0)
    let from = 0
    let to = 0
    const taken = (rest?: Buffer): Taken => ({ payload: to > 0 ? bytes.subarray(0, to) : undefined, rest })
    while (from < bytes.length) {
      if (missing > 0) {
        const length = Math.min(missing, bytes.length - from)
        if (isRow) {
          if (from !== to) bytes.copyWithin(to, from, from + length)
          to += length
        }
        from += length
        missing -= length
      } else if (bytes.length - from < HEADER) {
        header = Buffer.from(bytes.subarray(from))
        break
      } else {
        const type = bytes[from]
        if (!isBetweenRows(type)) return taken(bytes.subarray(from))
        isRow = type === COPY_DATA
        missing = bytes.readUInt32BE(from + 1) - 4
        from += HEADER
      }
    }
    return taken()
  }
}

function isBetweenRows(type: number | undefined): boolean {
  return (
    type === COPY_DATA ||
    type === COPY_OUT_RESPONSE ||
    type === NOTICE ||
    type === PARAMETER_STATUS ||
    type === NOTIFICATION
  )
}
