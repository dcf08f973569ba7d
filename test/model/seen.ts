/** The states that were seen, by their two words, numbered in the order of their coming: a hash table of open addresses. */
export class Seen {
  #low = new Int32Array(1 << 16)
  #high = new Int32Array(1 << 16)
  #slots = new Int32Array(1 << 17)
  size = 0

  /** The number of a state; a new one gets the next. */
  add(low: number, high: number): number {
    const slot = this.#find(low, high)
    const known = (this.#slots[slot] ?? 0) - 1
    if (known >= 0) return known
    if (this.size === this.#low.length) {
      this.#grow()
      return this.add(low, high)
    }
    this.#low[this.size] = low
    this.#high[this.size] = high
    this.#slots[slot] = ++this.size
    return this.size - 1
  }

  #find(low: number, high: number): number {
    const mask = this.#slots.length - 1
    let slot = hashOf(low, high) & mask
    for (;;) {
      const at = (this.#slots[slot] ?? 0) - 1
      if (at < 0 || (this.#low[at] === low && this.#high[at] === high)) return slot
      slot = (slot + 1) & mask
    }
  }

  /** The slots are twice as many as the states, so that there is always a free one. */
  #grow(): void {
    this.#low = longer(this.#low)
    this.#high = longer(this.#high)
    this.#slots = new Int32Array(this.#low.length * 2)
    for (let at = 0; at < this.size; at++) this.#slots[this.#find(this.#low[at] ?? 0, this.#high[at] ?? 0)] = at + 1
  }
}

/** Twice as long, with the same beginning. */
export function longer(array: Int32Array): Int32Array<ArrayBuffer> {
  const next = new Int32Array(array.length * 2)
  next.set(array)
  return next
}

function hashOf(low: number, high: number): number {
  let hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
