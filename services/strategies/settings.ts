import { DEFAULT_THRESHOLDS, type Thresholds } from 'outgrow/store'
import { STRATEGIES, type Strategy } from './strategy.ts'

export interface Settings {
  port: number
  host: string
  strategy: Strategy
  /** The JSON file; undefined: the sample beside the service. */
  file: string | undefined
  database: string | undefined
  perMinute: number | undefined
  logLevel: string
  /** What the gates of a staged store ask for, where it is other than their default. */
  gates: Partial<Thresholds>
}

export type Environment = Record<string, string | undefined>

/** How a service differs from others in what it reads. */
export interface Asked {
  /** The variable that names the strategy. */
  strategy: string
  /** Where it listens when nothing is said. */
  port: number
}

/** The environment, checked as a whole before anything is opened. Throws with the variable, and what it may be. */
export function readSettings(env: Environment, asked: Asked): Settings {
  const read = (name: string): string | undefined => readText(env, name)
  const strategy = read(asked.strategy) ?? 'lowdb'
  if (!isStrategy(strategy))
    throw new Error(`${asked.strategy} is "${strategy}": it must be one of ${STRATEGIES.join(', ')}.`)
  const database = read('OUTGROW_DATABASE_URL')
  if (strategy === 'postgres' && database === undefined)
    throw new Error(`${asked.strategy} is postgres: OUTGROW_DATABASE_URL must say which.`)
  const perMinute = read('RATE_LIMIT_PER_MINUTE')
  return {
    port: whole('PORT', read('PORT') ?? String(asked.port), 0, 65_535),
    host: read('HOST') ?? '127.0.0.1',
    strategy,
    file: read('DB_PATH'),
    database,
    perMinute: perMinute === undefined ? undefined : whole('RATE_LIMIT_PER_MINUTE', perMinute, 1, 1e9),
    logLevel: read('LOG_LEVEL') ?? 'info',
    gates: thresholds('STAGE_GATES', read('STAGE_GATES') ?? '{}'),
  }
}

/** What a variable says; nothing when it is empty. */
export function readText(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined
}

function isStrategy(text: string): text is Strategy {
  return (STRATEGIES as readonly string[]).includes(text)
}

/** A whole number within bounds. Throws with the variable, and what it may be. */
export function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new Error(`${name} is "${text}": it must be a whole number from ${least} to ${most}.`)
}

/** `{"soak": 60}`: thresholds of gates by their names, in the units that they have there. */
function thresholds(name: string, text: string): Partial<Thresholds> {
  const wrong = new Error(`${name} is ${text}: it must be a JSON object of numbers, like {"soak": 60}.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong
    throw error
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject || Object.values(value as object).some((one) => typeof one !== 'number' || one < 0)) throw wrong
  // A misspelled one is refused rather than left at its default.
  const unknown = Object.keys(value as object).find((one) => !Object.hasOwn(DEFAULT_THRESHOLDS, one))
  if (unknown !== undefined) throw new Error(`${name} names "${unknown}", and no gate asks for that.`)
  return value as Partial<Thresholds>
}
