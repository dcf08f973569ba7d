import { spanOf } from '../codec/copy-text.ts'
import { type Difference, differences, excerpt } from '../jsonstore/differences.ts'
import { sameValue } from '../jsonstore/equal.ts'
import type { Reading } from '../jsonstore/items.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { Tape } from '../jsonstore/tape.ts'
import { formatPointer } from '../schema/pointer.ts'
import type { Mismatch } from './tally.ts'

/** The text that names a record among those of its collection: its key, or a digest where it has none. */
export type Identify = (tape: Tape, node: number) => string

export interface StraysOptions {
  pointer: string
  identify: Identify
  /** How the records stand in the document: members of an object have no order, and a whole value has no place of its own. */
  reading: Reading
}

interface Stray {
  json: Buffer
  position: number
  name: string | undefined
}

/**
 * Records that do not stand opposite their equal on the other side. Each waits for its twin; what is left at the end is
 * missing or extra, or differs from what stands in its place. Memory grows with how far the sides are out of step, not with the collection.
 */
export class Strays {
  #options: StraysOptions
  #report: (difference: Difference | Mismatch) => void
  #sources = new Map<string, Stray>()
  #targets = new Map<string, Stray>()
  /** Source and target ranks of pairs found, to see whether their order is the same. */
  #pairs: [number, number][] = []
  #a = new Tape(new KeyTable())
  #b = new Tape(new KeyTable())

  constructor(options: StraysOptions, report: (difference: Difference | Mismatch) => void) {
    this.#options = options
    this.#report = report
  }

  source(tape: Tape, position: number, name: string | undefined): void {
    const id = this.#idOf(tape, name, this.#sources)
    const twin = this.#targets.get(id)
    const stray = { json: jsonOf(tape), position, name }
    if (twin) this.#match(id, stray, twin)
    else this.#sources.set(id, stray)
  }

  target(tape: Tape, position: number, name: string | undefined): void {
    const id = this.#idOf(tape, name, this.#targets)
    const twin = this.#sources.get(id)
    const stray = { json: jsonOf(tape), position, name }
    if (twin) this.#match(id, twin, stray)
    else this.#targets.set(id, stray)
  }

  finish(): void {
    const sources = [...this.#sources.values()]
    const targets = [...this.#targets.values()]
    for (const [i, stray] of sources.entries()) {
      const target = targets[i]
      const both = target && target.position === stray.position && target.name === stray.name
      if (both) {
        this.#compare(stray, target)
        delete targets[i]
      } else
        this.#report({ pointer: this.#pointerOf(stray), kind: 'missing', source: this.#shown(stray), target: null })
    }
    for (const stray of targets)
      if (stray)
        this.#report({ pointer: this.#pointerOf(stray), kind: 'extra', source: null, target: this.#shown(stray) })
    if (sources.length === 0 && targets.length === 0 && this.#options.reading === 'elements') this.#checkOrder()
  }

  /** Two records of one side may share a digest; the second waits under a name of its own. */
  #idOf(tape: Tape, name: string | undefined, own: Map<string, Stray>): string {
    const id = name ?? this.#options.identify(tape, 0)
    let free = id
    for (let n = 2; own.has(free); n++) free = `${id} ${n}`
    return free
  }

  #match(id: string, source: Stray, target: Stray): void {
    this.#sources.delete(id)
    this.#targets.delete(id)
    this.#pairs.push([source.position, target.position])
    this.#compare(source, target)
  }

  #compare(source: Stray, target: Stray): void {
    this.#a.read(source.json, 0, source.json.length, 0, true)
    this.#b.read(target.json, 0, target.json.length, 0, true)
    if (!sameValue(this.#a, 0, this.#b, 0)) differences(this.#a, 0, this.#b, 0, this.#pointerOf(source), this.#report)
  }

  #checkOrder(): void {
    const pairs = this.#pairs.sort(([a], [b]) => a - b)
    const at = pairs.findIndex(([, target], i) => i > 0 && target < (pairs[i - 1] as [number, number])[1])
    if (at < 0) return
    const [source, target] = pairs[at] as [number, number]
    this.#report({
      pointer: this.#options.pointer + formatPointer([source]),
      kind: 'order',
      source: String(source),
      target: String(target),
    })
  }

  #pointerOf(stray: Stray): string {
    const { pointer, reading } = this.#options
    return reading === 'whole' ? pointer : pointer + formatPointer([stray.name ?? stray.position])
  }

  #shown(stray: Stray): string {
    this.#a.read(stray.json, 0, stray.json.length, 0, true)
    return excerpt(this.#a, 0)
  }
}

function jsonOf(tape: Tape): Buffer {
  const { from, to } = spanOf(tape, 0)
  return Buffer.from(tape.bytes.slice(from, to))
}
