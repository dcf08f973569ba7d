/** What the gates ask for. */
export interface Thresholds {
  /** Seconds. */
  backupAge: number
  /** The disk has this many times the file's size free. */
  diskFactor: number
  /** Seconds for which no key has been dirty. */
  calm: number
  /** Comparisons without a difference. */
  compares: number
  /** Times that each kind of read and write was seen. */
  seen: number
  /** Seconds since all records were compared. */
  verificationAge: number
  /** Seconds that a key may wait for the mirror. */
  lag: number
  /** PostgreSQL's p99 may be this many times the file's, but need not be below `fastEnough` milliseconds. */
  slower: number
  fastEnough: number
  /** By how much PostgreSQL's share of failed answers may exceed the file's, in per cent. */
  moreFailures: number
  /** Seconds since the way back was last rehearsed here. */
  drillAge: number
  /** Seconds in stage live before rampdown. */
  soak: number
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  backupAge: 3600,
  diskFactor: 3,
  calm: 60,
  compares: 1000,
  seen: 20,
  verificationAge: 86_400,
  lag: 1,
  slower: 1.5,
  fastEnough: 5,
  moreFailures: 0.1,
  drillAge: 7 * 86_400,
  soak: 86_400,
}
