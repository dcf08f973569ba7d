import type { KeyTable } from './keys.ts'
import { jsonText } from './text.ts'

/**
 * One JSON value as a tape of nodes over its own bytes: what it is and where it stands, nothing converted. Numbers stay
 * digits and strings stay bytes, so every later step is exact by construction. The idea of a tape is simdjson's
 * (https://arxiv.org/abs/1902.08318); this one is scalar.
 *
 * A node is four integers: kind and flags, start, end, next. Strings and names exclude their quotes. `next` is the node
 * after the subtree; for a KEY it is the number of the name instead, and its value is the node right after it.
 */
export const NULL = 0
export const FALSE = 1
export const TRUE = 2
export const NUMBER = 3
export const STRING = 4
export const LIST = 5
export const OBJECT = 6
export const KEY = 7

/** The string or name holds a backslash. */
export const ESCAPED = 8
/** The string or name holds a `\\u` escape: only then can it hold U+0000 or a lone surrogate. */
export const UNICODE_ESCAPED = 32
/** The number is digits with an optional minus: no point, no exponent. */
export const INTEGER = 16

export const STRIDE = 4

const KIND = 7

/** The nodes of a tape and how they are asked. */
export class TapeNodes {
  bytes: Uint8Array = new Uint8Array(0)
  nodes = new Int32Array(STRIDE * 256)
  /** Count of integers in use in `nodes`. */
  length = 0
  /** Offset in `bytes` after the value. */
  end = 0
  readonly keys: KeyTable

  constructor(keys: KeyTable) {
    this.keys = keys
  }

  kind(node: number): number {
    return (this.nodes[node] as number) & KIND
  }
  flags(node: number): number {
    return this.nodes[node] as number
  }
  start(node: number): number {
    return this.nodes[node + 1] as number
  }
  stop(node: number): number {
    return this.nodes[node + 2] as number
  }
  /** The node after this one's subtree; for a KEY use `keyId`. */
  next(node: number): number {
    return this.nodes[node + 3] as number
  }
  keyId(node: number): number {
    return this.nodes[node + 3] as number
  }
  /** The JavaScript string of a STRING or KEY node. */
  text(node: number): string {
    return jsonText(this.bytes, this.start(node), this.stop(node))
  }
  /** The bytes of a node as they stand in the source, as Latin-1 text: for numbers and short ASCII. */
  raw(node: number): string {
    const bytes = this.bytes
    let text = ''
    for (let i = this.start(node); i < this.stop(node); i++) text += String.fromCharCode(bytes[i] as number)
    return text
  }

  protected add(kind: number, start: number, end: number, next: number): number {
    if (this.length + STRIDE > this.nodes.length) {
      const grown = new Int32Array(this.nodes.length * 2)
      grown.set(this.nodes)
      this.nodes = grown
    }
    const node = this.length
    const nodes = this.nodes
    nodes[node] = kind
    nodes[node + 1] = start
    nodes[node + 2] = end
    nodes[node + 3] = next
    this.length = node + STRIDE
    return node
  }
}
