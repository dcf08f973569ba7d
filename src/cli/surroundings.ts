import type { Environment } from '../config/environment.ts'

/** A stream that is written to, and whether a person looks at it. */
export interface Screen {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** All that the command line touches of its process: tests of parts give their own, main.ts gives the real one. */
export interface Surroundings {
  argv: readonly string[]
  env: Environment
  cwd: string
  stdout: Screen
  stderr: Screen
  /** Aborted with the error to end on, when the operator interrupts. */
  interrupted: AbortSignal
  /** What must be undone before the process ends, however it ends; each removes itself when it is done. */
  closers: Set<() => Promise<void>>
}
