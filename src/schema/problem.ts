/** One thing wrong with a plan. */
export interface PlanProblem {
  /** JSON pointer inside the plan. */
  place: string
  message: string
  /** What to do, one imperative sentence. */
  next: string
}

/** Positions of the entries that equal an earlier one. */
export function repeated(entries: readonly string[]): number[] {
  const seen = new Set<string>()
  return entries.flatMap((entry, at) => {
    if (seen.has(entry)) return [at]
    seen.add(entry)
    return []
  })
}
