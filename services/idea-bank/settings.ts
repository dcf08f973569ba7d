import { type Environment, readSettings as read, type Settings } from '../strategies/settings.ts'

export type { Settings } from '../strategies/settings.ts'

/** The environment of the Idea Bank. Throws with the variable, and what it may be. */
export function readSettings(env: Environment): Settings {
  return read(env, { strategy: 'LIBRARY_DB_STRATEGY', port: 3200 })
}
