/** A growable run of bytes: what encoders write to. `data` is valid up to `length`; it is reused, so copy to keep. */
export class Bytes {
  data: Buffer
  length = 0

  constructor(capacity = 4096) {
    this.data = Buffer.allocUnsafe(capacity)
  }

  /** Makes room for `count` more bytes; after it `data` may be another buffer. */
  reserve(count: number): void {
    if (this.length + count <= this.data.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.data.length * 2, this.length + count))
    this.data.copy(grown, 0, 0, this.length)
    this.data = grown
  }

  push(byte: number): void {
    if (this.length === this.data.length) this.reserve(1)
    this.data[this.length++] = byte
  }

  /** Appends bytes [start, end) of `from`. Short runs are copied in a loop: a native call costs more than 40 bytes do. */
  append(from: Uint8Array, start = 0, end = from.length): void {
    const count = end - start
    this.reserve(count)
    const data = this.data
    let at = this.length
    if (count > 40) data.set(from.subarray(start, end), at)
    else for (let i = start; i < end; i++) data[at++] = from[i] as number
    this.length += count
  }

  /** Appends text of ASCII characters only. */
  ascii(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.data[this.length++] = text.charCodeAt(i)
  }

  /** The bytes written so far, as a view that the next write may overwrite. */
  view(): Buffer {
    return this.data.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }
}

/** True when the two runs hold the same bytes. */
export function sameBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false
  for (let i = aStart, j = bStart; i < aEnd; i++, j++) if (a[i] !== b[j]) return false
  return true
}
