/**
 * A list of 53-bit hashes, eight bytes each: enough to say whether a million keys are distinct, or are contained in
 * another list, without holding a single key. A suspicion is always confirmed on the values themselves.
 */
const CHUNK = 1 << 14

export class HashList {
  #chunks: Float64Array[] = []
  #used = CHUNK
  #sorted: Float64Array | undefined

  get length(): number {
    return this.#chunks.length * CHUNK - (CHUNK - this.#used)
  }

  add(hash: number): void {
    if (this.#used === CHUNK) {
      this.#chunks.push(new Float64Array(CHUNK))
      this.#used = 0
    }
    ;(this.#chunks[this.#chunks.length - 1] as Float64Array)[this.#used++] = hash
    this.#sorted = undefined
  }

  /** All hashes, ascending. */
  sorted(): Float64Array {
    this.#sorted ??= this.values().sort()
    return this.#sorted
  }

  /** A copy of all hashes, in the order in which they came. */
  values(): Float64Array {
    const all = new Float64Array(this.length)
    for (const [i, chunk] of this.#chunks.entries())
      all.set(i === this.#chunks.length - 1 ? chunk.subarray(0, this.#used) : chunk, i * CHUNK)
    return all
  }

  /** Hashes that stand more than once. */
  repeated(): Set<number> {
    const all = this.sorted()
    const found = new Set<number>()
    for (let i = 1; i < all.length; i++) if (all[i] === all[i - 1]) found.add(all[i] as number)
    return found
  }

  has(hash: number): boolean {
    const all = this.sorted()
    let low = 0
    let high = all.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((all[middle] as number) < hash) low = middle + 1
      else high = middle
    }
    return all[low] === hash
  }
}

/** 53-bit hash of a run of bytes: two multiplicative hashes (FNV-1a, Murmur's finaliser) side by side. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let a = 0x811c9dc5
  let b = 0x9747b28c
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b + byte, 0x5bd1e995)
    b ^= b >>> 15
  }
  a ^= a >>> 16
  a = Math.imul(a, 0x85ebca6b)
  a ^= a >>> 13
  return (a >>> 0) * 0x200000 + (b & 0x1fffff)
}
