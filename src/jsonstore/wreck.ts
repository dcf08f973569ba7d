/** Bytes [from, to) of a damaged document, and what became of them. */
export interface Stretch {
  from: number
  to: number
  why: string
}

const NBSP = [0xc2, 0xa0]

/** A damaged document in memory, with what had to be left out of it or spelt anew. */
export class Wreck {
  readonly bytes: Buffer
  readonly end: number
  readonly lost: Stretch[] = []
  readonly respelled: Stretch[] = []

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.end = bytes.length
  }

  lose(from: number, to: number, why: string): void {
    this.lost.push({ from, to, why })
  }

  respell(from: number, to: number, why: string): void {
    this.respelled.push({ from, to, why })
  }

  /** The first byte at or after `from` that is neither white space nor in a comment. Comments count as lost. */
  white(from: number): number {
    const { bytes, end } = this
    for (let at = from; ; ) {
      const byte = bytes[at]
      if (at >= end) return end
      if (byte === 32 || byte === 10 || byte === 13 || byte === 9) at++
      else if (byte === NBSP[0] && bytes[at + 1] === NBSP[1]) at += 2
      else {
        const after = this.#comment(at)
        if (after === at) return at
        this.lose(at, after, 'a comment')
        at = after
      }
    }
  }

  /** Where the comment at `at` ends; `at` when there is none. */
  #comment(at: number): number {
    const { bytes, end } = this
    if (bytes[at] !== 47) return at
    if (bytes[at + 1] === 47) {
      const newline = bytes.indexOf(10, at)
      return newline < 0 ? end : newline
    }
    const close = bytes[at + 1] === 42 ? bytes.indexOf('*/', at + 2) : -1
    return close < 0 ? at : close + 2
  }

  /** True when only NUL bytes and white space follow: what a file system leaves where a write was not finished. */
  isFill(at: number): boolean {
    if (this.bytes[at] !== 0) return false
    return this.bytes.subarray(at).every((byte) => byte === 0 || byte === 10 || byte === 13)
  }

  /** The stretches in the order of the file, those inside another left out, because a place may be looked at twice. */
  static inOrder(stretches: readonly Stretch[]): Stretch[] {
    const sorted = stretches.toSorted((a, b) => a.from - b.from || b.to - a.to)
    return sorted.filter(
      (one, i) => i === 0 || !sorted.slice(Math.max(0, i - 50), i).some((other) => holds(other, one)),
    )
  }
}

function holds(outer: Stretch, inner: Stretch): boolean {
  if (outer.from === inner.from && outer.to === inner.to) return outer.why === inner.why
  return outer.from <= inner.from && outer.to >= inner.to && inner.to > inner.from
}
