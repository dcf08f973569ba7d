import type { Connection } from '../postgres/connect.ts'
import { applyFiles, type Ledger } from './apply-files.ts'
import { OURS } from './sql-files.ts'

const BOOKKEEPING: Ledger = { schema: 'outgrow', table: 'schema_migration', kind: 'bookkeeping file' }

/** Brings schema `outgrow` to what this version of outgrow needs, as `applyFiles` does it. */
export async function ensureBookkeeping(connection: Connection, folder: URL = OURS): Promise<string[]> {
  return applyFiles(connection, BOOKKEEPING, folder)
}
