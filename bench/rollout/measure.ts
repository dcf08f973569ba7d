import { job } from '../places.ts'
import { measure } from '../process.ts'

export const OPERATIONS = ['list', 'get', 'update', 'insert'] as const
export type Operation = (typeof OPERATIONS)[number]

export interface Load {
  url: string
  operation: Operation
  clients: number
  seconds: number
  records: number
}

/** What the clients met. Milliseconds; null when nothing was answered. */
export interface Figures {
  answers: number
  errors: number
  seconds: number
  p50: number | null
  p95: number | null
  p99: number | null
}

/** One measurement, with where it was taken. */
export interface Measurement extends Figures {
  contender: string
  records: number
  clients: number
  operation: Operation
  /** Answers in a second. */
  rate: number
}

/** Lets clients in a process of their own do one thing for so many seconds. */
export async function load(options: Load): Promise<Figures> {
  const { stdout } = await measure({ argv: [process.execPath, job('http-load.mjs'), JSON.stringify(options)] })
  return JSON.parse(stdout) as Figures
}
