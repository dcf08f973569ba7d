import { pathToFileURL } from 'node:url'
import { applyFiles } from '../journal/apply-files.ts'
import { fileError } from '../jsonstore/file-error.ts'
import { connect } from '../postgres/connect.ts'

export interface MigrationsOptions {
  /** The schema that the files are about; it is made when absent. */
  schema: string
  /** The table in it that says which files were applied. */
  table?: string
}

/**
 * Brings a service's own schema to what the SQL files of its folder say (`001_expand_ideas.sql`; of one with `-- up` and
 * `-- down`, the up section): each in a transaction of its own, in order, once, whatever number of processes start at the same
 * time. Returns the names of those that this call applied. Throws `target-unsafe` for a file that was edited after it was
 * applied, is missing, or comes too late; `target-unreachable` when the database does not answer. A contract migration
 * belongs into the folder only after stage `complete`.
 */
export async function applyMigrations(
  url: string,
  folder: string | URL,
  { schema, table = 'schema_migration' }: MigrationsOptions,
): Promise<string[]> {
  const at = typeof folder === 'string' ? pathToFileURL(`${folder}/`) : folder
  const connection = await connect(url, { application: `migrations of ${schema}` })
  try {
    return await applyFiles(connection, { schema, table, kind: 'migration' }, at)
  } catch (error) {
    throw fileError(error, 'read', at.pathname, 'source-unfit')
  } finally {
    await connection.end()
  }
}
