import type { ErrorReport } from './render/error.ts'

/** How the process is to end. A command sets it while it runs, main.ts acts on it. */
export interface Ending {
  /** Exit code of a command that did not fail: 0, or 3 and 5 where the outcome itself says no. */
  code: number
  /** What --json prints when the command fails. */
  refusal: (error: ErrorReport) => object
}

export function newEnding(): Ending {
  return { code: 0, refusal: (error) => ({ error }) }
}
