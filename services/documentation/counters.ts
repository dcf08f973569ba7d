import type { Json } from 'outgrow/store'
import { COUNTERS, type Counted, nextOf, numberOf } from './kind.ts'

/** The side of a transaction that counting needs. */
export interface Counting {
  ids(counted: Counted): Promise<(Json | undefined)[]>
  counter(name: string): Promise<Json | undefined>
  setCounter(name: string, next: number): Promise<void>
}

/**
 * Gives ids by the counters of the store (`nextId`, …), which say what comes next. A counter that is behind the ids which are
 * there, as in some old files, is put past them: the ids are looked through once by each process, before the first is given.
 */
export class Counters {
  /** Past the highest number that was seen. Only saves looking again. */
  readonly #past = new Map<Counted, number>()

  async next(side: Counting, counted: Counted): Promise<string> {
    const next = Math.max(nextOf(await side.counter(COUNTERS[counted])), await this.#pastIds(side, counted))
    await side.setCounter(COUNTERS[counted], next + 1)
    return String(next)
  }

  /** Whoever removes an id that the counter has not passed yet must have it remembered, so that it is not given again. */
  async removed(side: Counting, counted: Counted, id: Json | undefined): Promise<void> {
    const past = numberOf(id) + 1
    if (past > nextOf(await side.counter(COUNTERS[counted]))) await side.setCounter(COUNTERS[counted], past)
  }

  /** Looks again before the next id is given: a writer that went past the service has taken one. */
  forget(): void {
    this.#past.clear()
  }

  async #pastIds(side: Counting, counted: Counted): Promise<number> {
    const known = this.#past.get(counted)
    if (known !== undefined) return known
    const ids = await side.ids(counted)
    const past = ids.reduce<number>((most, id) => Math.max(most, numberOf(id)), 0) + 1
    this.#past.set(counted, past)
    return past
  }
}

/** The id of a link, which may be anything. */
export function idOf(link: Json | undefined): Json | undefined {
  return typeof link === 'object' && link !== null && !Array.isArray(link) ? link.id : undefined
}
