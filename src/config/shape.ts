import { z } from 'zod'

const text = z.string().trim().min(1, 'must not be empty')

/** What may stand in outgrow.config.json, or be the default export of outgrow.config.ts. */
export const configFile = z.strictObject({
  /** PostgreSQL URL of the target. */
  databaseUrl: text.optional(),
  /** Folder of everything that outgrow keeps, the embedded server included. */
  home: text.optional(),
  /** Folder of the backups. */
  backups: text.optional(),
  /** Folder of the migration log's pages. */
  pages: text.optional(),
  /** Who acts, for the audit log. */
  actor: text.optional(),
})

/** What a config file says; all of it may be left out. */
export type ConfigFile = z.infer<typeof configFile>

/** Everything that is configured, from whichever source; paths are absolute. */
export interface Config {
  /** undefined: the embedded server below `home`. */
  readonly databaseUrl: string | undefined
  readonly home: string
  readonly backups: string
  readonly pages: string
  readonly actor: string
  /** Where a fault test wants this process to kill itself. */
  readonly failpoint: string | undefined
}
