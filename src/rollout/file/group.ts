import type { Answer } from '../answer.ts'
import type { MarkedKey } from './dirty-log.ts'
import { Layer, type Records } from './records.ts'

/** The transactions that the next write brings to the disk together. */
export interface Group {
  layer: Layer
  marks: MarkedKey[]
  /** What those under an idempotency key answered, by key. */
  answers: Map<string, Answer>
  /** Somebody waits for it, even if its changes came to nothing together. */
  wanted: boolean
  done: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

export function groupOn(below: Records): Group {
  let resolve = (): void => {}
  let reject = (_: unknown): void => {}
  const done = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  // A group in which nobody waits, as the one that gathers while another fails, is no unhandled failure.
  done.catch(() => {})
  return { layer: new Layer(below), marks: [], answers: new Map(), wanted: false, done, resolve, reject }
}
