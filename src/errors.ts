/**
 * Everything that can go wrong, as a closed set of codes. Each code has one exit status, which is the contract of the
 * command line: 1 failure, 2 usage, 3 differences or refused, 4 locked by another run, 5 a precondition, 130 interrupted.
 */
export const EXIT = {
  failure: 1,
  usage: 2,
  differences: 3,
  refused: 3,
  /** Two writers want what only one can have: a unique value, or an idempotency key for another request. */
  conflict: 3,
  locked: 4,
  /** The stage changed since the writer looked: read it again, then retry. */
  'stale-epoch': 4,
  'source-damaged': 5,
  'source-unfit': 5,
  'source-changed': 5,
  'plan-invalid': 5,
  'target-unreachable': 5,
  /** A side that was open does not answer, for now; a write in flight may or may not have happened. */
  unavailable: 5,
  'target-unsafe': 5,
  'target-occupied': 5,
  'backup-damaged': 5,
  'unknown-store': 5,
  'nothing-to-undo': 5,
  interrupted: 130,
} as const

export type ErrorCode = keyof typeof EXIT

export interface ErrorDetails {
  /** Where: a JSON pointer, a byte offset, a table, a file. */
  place?: string
  /** What the reader can do next, one imperative sentence. */
  next?: string
  cause?: unknown
}

/** The only error class that outgrow throws on purpose. The message says what happened to what, on one line. */
export class OutgrowError extends Error {
  readonly code: ErrorCode
  readonly place: string | undefined
  readonly next: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'OutgrowError'
    this.code = code
    this.place = details.place
    this.next = details.next
  }

  get exit(): number {
    return EXIT[this.code]
  }
}

/** True for an OutgrowError of one of the given codes (of any code when none is given). */
export function isOutgrowError(error: unknown, ...codes: ErrorCode[]): error is OutgrowError {
  return error instanceof OutgrowError && (codes.length === 0 || codes.includes(error.code))
}
