/** What `migrate --json` prints: a contract with scripts, so members are added and never changed or removed. */
export interface MigrateReport {
  /** Id of the run that wrote, or had written, these data; null when nothing was ever committed (dry run, refused). */
  run: string | null
  store: string
  status: 'committed' | 'unchanged' | 'dry-run' | 'refused'
  collections: CollectionFigures[]
  verification: VerificationFigures
  /** Paths of the backups; null where none was taken. */
  backup: { before: string | null; after: string | null }
  seconds: Seconds
}

/**
 * Counters of one collection. `rows` are those of its own table, so that records = rows + quarantined; `aside` counts the rows
 * that have one, those in the tables of its lists too.
 */
export interface CollectionFigures {
  name: string
  table: string
  records: number
  rows: number
  aside: number
  quarantined: number
}

/** How many records were read back and compared, and how many differed. */
export interface VerificationFigures {
  records: number
  mismatches: number
}

/** Wall time of each phase of a run; the phases may overlap, so they need not add up to `total`. */
export interface Seconds {
  read: number
  infer: number
  backup: number
  load: number
  verify: number
  total: number
}

/** The part of a report that a run keeps on record. */
export type RunFigures = Pick<MigrateReport, 'collections' | 'verification' | 'seconds'>
