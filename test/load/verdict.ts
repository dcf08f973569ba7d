/** The oracles of the fault suite that a load run can be judged by; `reads` and `fields` are stricter than the design asks. */
export const PROMISES = {
  O1: 'an acknowledged write is in the authority unless superseded',
  O2: 'a failed write never appears, an unknown one 0 or 1 times',
  O3: 'both sides are equal after quiescence',
  O4: 'every client reads its own writes',
  O5: 'nothing is written under an epoch that has passed',
  O6: 'no unexpected answer',
  O7: 'each change of stage is on the audit log, whose chain is whole',
  O8: 'the file always parses',
  reads: "no client reads what another's write had replaced",
  fields: 'a record is as its last write made it, in all of its members',
} as const

export type Oracle = keyof typeof PROMISES

export interface Verdict {
  oracle: Oracle
  promise: string
  /** What was looked at: writes, reads, records. 0 means that nothing was judged. */
  checked: number
  /** All violations; the first ones are told. */
  violations: number
  told: string[]
}

const MOST_TOLD = 20

/** Gathers what is found, and makes verdicts of it. */
export class Findings {
  readonly #found = new Map<Oracle, { checked: number; violations: number; told: string[] }>()

  checked(oracle: Oracle, count = 1): void {
    this.#of(oracle).checked += count
  }

  violated(oracle: Oracle, what: string): void {
    const found = this.#of(oracle)
    found.violations++
    if (found.told.length < MOST_TOLD) found.told.push(what)
  }

  /** Of the oracles that had something to judge. */
  verdicts(): Verdict[] {
    return (Object.keys(PROMISES) as Oracle[]).flatMap((oracle) => {
      const found = this.#found.get(oracle)
      return found === undefined ? [] : [{ oracle, promise: PROMISES[oracle], ...found }]
    })
  }

  #of(oracle: Oracle): { checked: number; violations: number; told: string[] } {
    const found = this.#found.get(oracle) ?? { checked: 0, violations: 0, told: [] }
    this.#found.set(oracle, found)
    return found
  }
}
