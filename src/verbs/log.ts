import { listAudit } from '../journal/audit.ts'
import { type AuditCheck, checkAudit } from '../journal/audit-check.ts'
import type { SealedEntry } from '../journal/audit-entry.ts'
import { listMigrations, type Migration } from '../journal/migration-log.ts'
import type { Context } from './context.ts'
import { withReader } from './target.ts'

/** The migration log, newest first. */
export function migrationLog(context: Context, name?: string): Promise<Migration[]> {
  return withReader(context, 'log', (connection) => listMigrations(connection, name))
}

/** The last entries of the audit log, newest first. */
export function auditLog(context: Context, options: { store?: string; limit: number }): Promise<SealedEntry[]> {
  return withReader(context, 'log', (connection) => listAudit(connection, options))
}

/** Recomputes the hash chain of the audit log from its first entry to its head. */
export function auditCheck(context: Context): Promise<AuditCheck> {
  return withReader(context, 'log', (connection) => checkAudit(connection))
}
