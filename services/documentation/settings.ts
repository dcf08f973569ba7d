import { type Environment, readSettings as read, readText, type Settings as Shared } from '../strategies/settings.ts'

export interface Settings extends Shared {
  /** Where the bytes of uploads lie; undefined: beside the service. */
  uploads: string | undefined
}

/** The environment of the Documentation. Throws with the variable, and what it may be. */
export function readSettings(env: Environment): Settings {
  const shared = read(env, { strategy: 'DOCUMENTATION_DB_STRATEGY', port: 5175 })
  return { ...shared, uploads: readText(env, 'UPLOAD_DIR') }
}
