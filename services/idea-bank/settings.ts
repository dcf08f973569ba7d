import {
  type Environment,
  readSettings as read,
  readText,
  type Settings as Shared,
  whole,
} from '../strategies/settings.ts'

export interface Settings extends Shared {
  /** For fault tests: where in the library the process is to kill itself. */
  failpoint: Failpoint | undefined
}

/** A named place of the library, and the how-manyth coming to it, from 1. */
export interface Failpoint {
  name: string
  time: number
}

/** The environment of the Idea Bank. Throws with the variable, and what it may be. */
export function readSettings(env: Environment): Settings {
  const settings = read(env, { strategy: 'LIBRARY_DB_STRATEGY', port: 3200 })
  return { ...settings, failpoint: failpointIn(readText(env, 'OUTGROW_FAILPOINT')) }
}

function failpointIn(text: string | undefined): Failpoint | undefined {
  if (text === undefined) return undefined
  const found = /^([a-z-]+)(?::(\d+))?$/.exec(text)
  if (found?.[1] === undefined) throw new Error(`OUTGROW_FAILPOINT is "${text}": it must be a name, or name:time.`)
  return { name: found[1], time: whole('OUTGROW_FAILPOINT', found[2] ?? '1', 1, 1e9) }
}
