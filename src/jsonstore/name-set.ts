/** Integers that stand for one name: 96 bits of hash, so that among a billion names two never meet by chance. */
const LANES = 3

/**
 * The names of one object that is too large to be held: says whether a name was seen before, at 12 to 48 bytes a name
 * however long the names are.
 */
export class NameSet {
  #slots = new Int32Array(64 * LANES)
  #count = 0
  #hash = new Int32Array(LANES)

  /** Takes a name in; false when it was there already. */
  add(name: string): boolean {
    this.#hashName(name)
    const hash = this.#hash
    if (!place(this.#slots, hash[0] as number, hash[1] as number, hash[2] as number)) return false
    if (++this.#count * LANES * 2 > this.#slots.length) this.#grow()
    return true
  }

  /** Three multiplicative hashes side by side, each ended by Murmur3's finaliser (public domain, Austin Appleby). */
  #hashName(name: string): void {
    let a = 0x811c9dc5
    let b = 0x9747b28c
    let c = name.length
    for (let i = 0; i < name.length; i++) {
      const unit = name.charCodeAt(i)
      a = Math.imul(a ^ unit, 0x01000193)
      b = Math.imul(b ^ unit ^ (b >>> 15), 0x5bd1e995)
      c = Math.imul(c + unit, 0xcc9e2d51) ^ (c >>> 13)
    }
    // An empty slot is told by its first lane.
    this.#hash[0] = mixed(a) | 1
    this.#hash[1] = mixed(b)
    this.#hash[2] = mixed(c)
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    for (let i = 0; i < old.length; i += LANES)
      if (old[i] !== 0) place(this.#slots, old[i] as number, old[i + 1] as number, old[i + 2] as number)
  }
}

/** Puts a hash into its slot; false when it is there. */
function place(slots: Int32Array, a: number, b: number, c: number): boolean {
  const mask = slots.length / LANES - 1
  for (let slot = b & mask; ; slot = (slot + 1) & mask) {
    const at = slot * LANES
    if (slots[at] === 0) {
      slots[at] = a
      slots[at + 1] = b
      slots[at + 2] = c
      return true
    }
    if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c) return false
  }
}

function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
