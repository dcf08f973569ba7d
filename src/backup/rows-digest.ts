import { createHash } from 'node:crypto'

/**
 * A digest of COPY text that does not depend on the order of its rows: the sum, modulo 2^256, of the SHA-256 of each row.
 * Rows that occur twice count twice. It is for finding damage, and not for facing an adversary.
 */
export class RowsDigest {
  rows = 0
  #sum = new Uint32Array(8)
  #rest: Buffer = Buffer.alloc(0)

  update(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#rest, chunk])
    let from = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      this.#add(bytes.subarray(from, end))
      from = end + 1
    }
    this.#rest = bytes.subarray(from)
  }

  /** The digest so far, in hex; bytes behind the last line feed count as a row of their own. */
  digest(): string {
    if (this.#rest.length > 0) this.#add(this.#rest)
    this.#rest = Buffer.alloc(0)
    return [...this.#sum].map((word) => word.toString(16).padStart(8, '0')).join('')
  }

  #add(row: Buffer): void {
    this.rows++
    const hash = createHash('sha256').update(row).digest()
    let carry = 0
    for (let word = 7; word >= 0; word--) {
      const sum = (this.#sum[word] as number) + hash.readUInt32BE(word * 4) + carry
      this.#sum[word] = sum
      carry = sum > 0xffffffff ? 1 : 0
    }
  }
}
