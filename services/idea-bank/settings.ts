import type { StoreOptions } from 'outgrow/store'
import { z } from 'zod'
import { STRATEGIES, type Strategy } from './store.ts'

export interface Settings {
  port: number
  host: string
  strategy: Strategy
  /** The JSON file; undefined: the sample beside the service. */
  file: string | undefined
  database: string | undefined
  perMinute: number | undefined
  logLevel: string
  /** What the gates between the stages of a staged store ask for, where it is other than outgrow's own figures. */
  gates: Gates
  /** For fault tests: where in the library the process is to kill itself. */
  failpoint: Failpoint | undefined
}

type Gates = NonNullable<StoreOptions['gates']>

/** A named place of the library, and the how-manyth coming to it, from 1. */
export interface Failpoint {
  name: string
  time: number
}

/** The environment, checked as a whole before anything is opened. Throws with the variable, and what it may be. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const read = (name: string): string | undefined => env[name]?.trim() || undefined
  const strategy = read('LIBRARY_DB_STRATEGY') ?? 'lowdb'
  if (!isStrategy(strategy))
    throw new Error(`LIBRARY_DB_STRATEGY is "${strategy}": it must be one of ${STRATEGIES.join(', ')}.`)
  const database = read('OUTGROW_DATABASE_URL')
  if (strategy === 'postgres' && database === undefined)
    throw new Error('LIBRARY_DB_STRATEGY is postgres: OUTGROW_DATABASE_URL must say which.')
  const perMinute = read('RATE_LIMIT_PER_MINUTE')
  return {
    port: whole('PORT', read('PORT') ?? '3200', 0, 65_535),
    host: read('HOST') ?? '127.0.0.1',
    strategy,
    file: read('DB_PATH'),
    database,
    perMinute: perMinute === undefined ? undefined : whole('RATE_LIMIT_PER_MINUTE', perMinute, 1, 1e9),
    logLevel: read('LOG_LEVEL') ?? 'info',
    gates: gatesIn(read('STAGE_GATES') ?? '{}'),
    failpoint: failpointIn(read('OUTGROW_FAILPOINT')),
  }
}

function isStrategy(text: string): text is Strategy {
  return (STRATEGIES as readonly string[]).includes(text)
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new Error(`${name} is "${text}": it must be a whole number from ${least} to ${most}.`)
}

const limit = z.number().min(0).optional()

/** Every threshold that outgrow knows, so that a misspelled one is refused rather than left at its default. */
const gates = z.strictObject({
  backupAge: limit,
  diskFactor: limit,
  calm: limit,
  compares: limit,
  seen: limit,
  verificationAge: limit,
  lag: limit,
  slower: limit,
  fastEnough: limit,
  moreFailures: limit,
  drillAge: limit,
  soak: limit,
} satisfies Record<keyof Gates, typeof limit>)

function gatesIn(text: string): Gates {
  const parsed = gates.safeParse(jsonIn(text))
  if (parsed.success) return Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined))
  const why = parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')
  throw new Error(`STAGE_GATES is '${text}': it must be a JSON object of thresholds. ${why}`)
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function failpointIn(text: string | undefined): Failpoint | undefined {
  if (text === undefined) return undefined
  const found = /^([a-z-]+)(?::(\d+))?$/.exec(text)
  if (found?.[1] === undefined) throw new Error(`OUTGROW_FAILPOINT is "${text}": it must be a name, or name:time.`)
  return { name: found[1], time: whole('OUTGROW_FAILPOINT', found[2] ?? '1', 1, 1e9) }
}
