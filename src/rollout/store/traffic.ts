import type { SideName } from '../stage/rules.ts'

export type Kind = 'get' | 'find' | 'count' | 'insert' | 'put' | 'update' | 'remove' | 'set'

export const READ_KINDS: readonly Kind[] = ['get', 'find', 'count']

/** Answers of one side that were timed against the other's, on the same questions. */
export interface SideFigures {
  answers: number
  failures: number
  /** Milliseconds; of the last answers. */
  p50: number
  p99: number
}

export interface TrafficFigures {
  kinds: Partial<Record<Kind, number>>
  compares: { done: number; differences: number; skipped: number }
  fallbackReads: number
  sides: Record<SideName, SideFigures>
}

/** Latencies that are kept for each side. */
const KEPT = 10_000

/** What went through a staged store since it was opened or the stage changed: what the gates judge by. */
export class Traffic {
  #kinds = new Map<Kind, number>()
  #compares = { done: 0, differences: 0, skipped: 0 }
  #fallbackReads = 0
  #sides = { file: new Answers(), postgres: new Answers() }
  /** The last differences that were confirmed, for the operator. */
  #differences: { collection: string; at: string; what: string }[] = []

  saw(kind: Kind): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1)
  }

  answered(side: SideName, milliseconds: number): void {
    this.#sides[side].add(milliseconds)
  }

  failed(side: SideName): void {
    this.#sides[side].failures++
  }

  fellBack(): void {
    this.#fallbackReads++
  }

  compared(difference?: { collection: string; what: string }): void {
    this.#compares.done++
    if (difference === undefined) return
    this.#compares.differences++
    this.#differences.push({ ...difference, at: new Date().toISOString() })
    if (this.#differences.length > 100) this.#differences.shift()
  }

  /** A sampled read that could not be compared: too many at once, or its key did not come to rest. */
  skipped(): void {
    this.#compares.skipped++
  }

  differences(): readonly { collection: string; at: string; what: string }[] {
    return this.#differences
  }

  figures(): TrafficFigures {
    return {
      kinds: Object.fromEntries(this.#kinds),
      compares: { ...this.#compares },
      fallbackReads: this.#fallbackReads,
      sides: { file: this.#sides.file.figures(), postgres: this.#sides.postgres.figures() },
    }
  }

  /** Begins anew, as after a change of stage or a repair. */
  reset(): void {
    this.#kinds.clear()
    this.#compares = { done: 0, differences: 0, skipped: 0 }
    this.#fallbackReads = 0
    this.#sides = { file: new Answers(), postgres: new Answers() }
    this.#differences = []
  }
}

class Answers {
  failures = 0
  #count = 0
  #times = new Float64Array(KEPT)

  add(milliseconds: number): void {
    this.#times[this.#count++ % KEPT] = milliseconds
  }

  figures(): SideFigures {
    const sorted = this.#times.slice(0, Math.min(this.#count, KEPT)).sort()
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { answers: this.#count, failures: this.failures, p50: at(0.5), p99: at(0.99) }
  }
}
