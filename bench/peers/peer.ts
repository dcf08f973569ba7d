import type { Measured } from '../process.ts'

/** A store to be moved: the file, and for those who read no JSON its rows ready-made. */
export interface Source {
  records: number
  json: string
  /** Ids are unique, so that the table can have its primary key. */
  keyed: boolean
  /** Only the flat store has these. */
  copy?: string
  csv?: string
}

export interface Context {
  source: Source
  /** An empty database that is this run's own. */
  url: string
  /** An empty directory that is this run's own. */
  scratch: string
}

export interface Outcome extends Omit<Measured, 'stdout'> {
  /** Seconds per phase, as the contender itself tells them. */
  phases?: Record<string, number>
}

/** How NULL is read back: a table cannot tell, so peers are read both ways and the better count is theirs. */
export type NullReading = 'absent' | 'null'

/** What is on the machine (`version`), or why it cannot take part. */
export type Availability = { version: string } | { missing: string }

export interface Peer {
  name: string
  /** What is measured, in a few words for the table. */
  what: string
  /** False for those who need rows ready-made: they sit out the hard stores. */
  readsJson: boolean
  /** Greatest number of records it is run with; beyond it the seconds are scaled up in proportion, and said to be. */
  cap?: number
  /** Finds it on the machine or installs it into the cache of the bench. */
  available(): Promise<Availability>
  /** Moves the source into the database; only the move itself is measured. */
  run(context: Context): Promise<Outcome>
  /** Every record as JSON text, as it can be rebuilt from the database after `run`. */
  rebuild(context: Context, nulls: NullReading): AsyncIterable<string>
}
