import type { Logger } from '../log.ts'

/** A step of a run, for whoever watches: records done, of how many when that is known. */
export interface ProgressEvent {
  phase: 'read' | 'infer' | 'backup' | 'load' | 'verify' | 'export' | 'restore'
  collection?: string
  done: number
  total?: number
}

/** What every verb is given: where things are, who asks, and whom to tell. */
export interface Context {
  /** PostgreSQL URL of the target. */
  url: string
  /** Folder of the backups. */
  backups: string
  /** Folder for files that live as long as one verb. */
  work: string
  /** Folder of the migration log's pages. */
  pages: string
  /** The account that acts, for the audit log. */
  actor: string
  /** Name and version of the tool, for manifests. */
  tool: string
  log: Logger
  progress: (event: ProgressEvent) => void
  /** Named places where fault tests interrupt; does nothing otherwise. */
  failpoint: (name: Failpoint) => void
}

/** The places of a migration where a crash is tested, in order. */
export const MIGRATE_FAILPOINTS = [
  'locked',
  'source-read',
  'tables-dropped',
  'tables-created',
  'copying',
  'copied',
  'store-copied',
  'backup-before',
  'loaded',
  'verifying',
  'verified',
  'before-commit',
  'committed',
  'backup-named',
  'backup-after',
  'pages-written',
] as const

/** Those of a rollback, in order. */
export const ROLLBACK_FAILPOINTS = [
  'locked',
  'document-exported',
  'document-copied',
  'present-kept',
  'tables-dropped',
  'tables-restored',
  'before-commit',
  'committed',
  'pages-written',
] as const

/** All of them. */
export const FAILPOINTS = [...new Set([...MIGRATE_FAILPOINTS, ...ROLLBACK_FAILPOINTS])]

export type Failpoint = (typeof FAILPOINTS)[number]
