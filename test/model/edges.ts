import { longer } from './seen.ts'

/** All steps that lead from one state to another, as two lists of numbers. */
export class Edges {
  #from = new Int32Array(1 << 16)
  #to = new Int32Array(1 << 16)
  size = 0

  add(from: number, to: number): void {
    if (this.size === this.#from.length) {
      this.#from = longer(this.#from)
      this.#to = longer(this.#to)
    }
    this.#from[this.size] = from
    this.#to[this.size++] = to
  }

  /** The first of so many states from which none of the goals can be reached, found by going back from the goals. */
  firstStuck(states: number, goals: readonly number[]): number | undefined {
    const { starts, sources } = this.#backwards(states)
    const isGood = new Uint8Array(states)
    const open = [...goals]
    for (const goal of goals) isGood[goal] = 1
    for (let state = open.pop(); state !== undefined; state = open.pop())
      for (const source of sources.subarray(starts[state], starts[state + 1])) {
        if (isGood[source]) continue
        isGood[source] = 1
        open.push(source)
      }
    const found = isGood.indexOf(0)
    return found < 0 ? undefined : found
  }

  /** The sources of each state's steps, one state's after the other's: those of state n begin at starts[n]. */
  #backwards(states: number): { starts: Int32Array; sources: Int32Array } {
    const starts = new Int32Array(states + 1)
    const sources = new Int32Array(this.size)
    const to = this.#to.subarray(0, this.size)
    for (const target of to) starts[target + 1] = (starts[target + 1] ?? 0) + 1
    for (let at = 0; at < states; at++) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0)
    const next = starts.slice()
    for (let at = 0; at < to.length; at++) {
      const target = to[at] ?? 0
      const place = next[target] ?? 0
      next[target] = place + 1
      sources[place] = this.#from[at] ?? 0
    }
    return { starts, sources }
  }
}
