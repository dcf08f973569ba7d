/** A condition for the next stage, as the checklist shows it. */
export interface GateResult {
  id: string
  title: string
  ok: boolean
  /** What was found. */
  value: string
  /** What is asked for. */
  threshold: string
  /** Seconds since it was found, where that matters. */
  age?: number
  /** The command, or the act, that mends it. */
  fix: string
}

/** The part of a result that does not depend on what is found. */
export function gate(
  id: string,
  title: string,
  threshold: string,
  fix: string,
): Pick<GateResult, 'id' | 'title' | 'threshold' | 'fix'> {
  return { id, title, threshold, fix }
}
