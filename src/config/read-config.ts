import { join, resolve } from 'node:path'
import { accountName } from './account.ts'
import { readConfigFile } from './config-file.ts'
import { type Environment, failpointOf, fromEnvironment } from './environment.ts'
import type { Config } from './shape.ts'

/** What flags of the command line configure. */
export interface ConfigFlags {
  databaseUrl?: string | undefined
}

/**
 * The configuration of one invocation: flags over environment over config file over defaults, frozen. Relative paths
 * are taken from `cwd`, wherever they stand. Throws `usage` for a config file that says anything unknown.
 */
export async function readConfig(flags: ConfigFlags, env: Environment, cwd: string): Promise<Config> {
  const told = { ...(await readConfigFile(cwd)), ...fromEnvironment(env) }
  const home = resolve(cwd, told.home ?? '.outgrow')
  return Object.freeze({
    databaseUrl: flags.databaseUrl ?? told.databaseUrl,
    home,
    backups: resolve(cwd, told.backups ?? join(home, 'backups')),
    pages: resolve(cwd, told.pages ?? join('docs', 'migrations')),
    actor: told.actor ?? accountName(),
    failpoint: failpointOf(env),
  })
}
