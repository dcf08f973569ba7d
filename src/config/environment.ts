import type { ConfigFile } from './shape.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const VARIABLES = {
  databaseUrl: 'OUTGROW_DATABASE_URL',
  home: 'OUTGROW_HOME',
  backups: 'OUTGROW_BACKUPS',
  pages: 'OUTGROW_PAGES',
  actor: 'OUTGROW_ACTOR',
} as const satisfies Record<keyof ConfigFile, string>

/** What the environment configures. A variable that is empty counts as not set, as shells and compose files leave them. */
export function fromEnvironment(env: Environment): ConfigFile {
  const set = Object.entries(VARIABLES).map(([key, variable]) => [key, env[variable]?.trim()])
  return Object.fromEntries(set.filter(([, value]) => value))
}

/** Where a fault test wants the process to kill itself. It is no setting: no config file and no flag can set it. */
export function failpointOf(env: Environment): string | undefined {
  return env.OUTGROW_FAILPOINT || undefined
}
