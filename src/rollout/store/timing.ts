/** Waits and pauses of a staged store, in milliseconds. */
export interface Timing {
  /** How often a process looks for a change of stage that no notification told it of. */
  poll: number
  /** How long a write waits for a change of stage before it is `unavailable`. */
  hold: number
  /** First pause before PostgreSQL is asked again after it failed; it doubles up to `mostPause`. */
  pause: number
  mostPause: number
  /** Longest statement, and longest wait for a lock, in PostgreSQL. */
  statement: number
  lock: number
}

export const DEFAULT_TIMING: Timing = {
  poll: 1000,
  hold: 2000,
  pause: 100,
  mostPause: 5000,
  statement: 10_000,
  lock: 5000,
}
