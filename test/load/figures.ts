import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Failure, Kind } from './operation.ts'

/** Milliseconds from the first sending to the last word, repetitions and pauses included: what a user waits. */
export interface Latency {
  count: number
  p50: number
  p95: number
  p99: number
  most: number
}

const MICROSECONDS = 1000

/**
 * Counts what the clients of a run meet. Latencies are kept in Node's own HDR histograms, in microseconds, to three digits.
 * Clients wait for each answer before they send the next, so a service that stands still is asked less meanwhile: the
 * figures are those of so many patient clients, not of a given rate.
 */
export class Figures {
  readonly #latencies = new Map<Kind, RecordableHistogram>()
  readonly #errors = new Map<string, number>()
  readonly #unknown = new Map<Kind, number>()

  done(kind: Kind, milliseconds: number): void {
    let histogram = this.#latencies.get(kind)
    if (histogram === undefined) {
      histogram = createHistogram({ figures: 3 })
      this.#latencies.set(kind, histogram)
    }
    histogram.record(Math.max(1, Math.round(milliseconds * MICROSECONDS)))
  }

  failed({ kind, status }: Failure): void {
    const name = kind === 'status' ? `status ${status}` : kind
    this.#errors.set(name, (this.#errors.get(name) ?? 0) + 1)
  }

  gaveUp(kind: Kind): void {
    this.#unknown.set(kind, (this.#unknown.get(kind) ?? 0) + 1)
  }

  /** Operations that were answered. */
  get count(): number {
    return [...this.#latencies.values()].reduce((sum, { count }) => sum + count, 0)
  }

  latencies(): Partial<Record<Kind, Latency>> {
    return Object.fromEntries([...this.#latencies].map(([kind, histogram]) => [kind, latencyOf(histogram)]))
  }

  /** Attempts that failed, by kind, and operations whose outcome stayed unknown. */
  errors(): { attempts: Record<string, number>; unknown: Partial<Record<Kind, number>> } {
    return { attempts: Object.fromEntries(this.#errors), unknown: Object.fromEntries(this.#unknown) }
  }
}

function latencyOf(histogram: RecordableHistogram): Latency {
  const at = (percent: number): number => histogram.percentile(percent) / MICROSECONDS
  return { count: histogram.count, p50: at(50), p95: at(95), p99: at(99), most: histogram.max / MICROSECONDS }
}
