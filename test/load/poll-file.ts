import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** What readers of the file met. */
export interface Polls {
  reads: number
  failures: string[]
}

const MOST_FAILURES = 100

/** Reads the file again and again until the signal, as any other program may at any time, and parses what it finds. `pause`: milliseconds between two reads. */
export async function pollFile(path: string, signal: AbortSignal, pause = 20): Promise<Polls> {
  const polls: Polls = { reads: 0, failures: [] }
  do {
    const problem = await problemOf(path)
    polls.reads++
    if (problem !== undefined && polls.failures.length < MOST_FAILURES)
      polls.failures.push(`read ${polls.reads} of ${path}: ${problem}`)
    await delay(pause)
  } while (!signal.aborted)
  return polls
}

async function problemOf(path: string): Promise<string | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(path, 'utf8'))
    return typeof found === 'object' && found !== null ? undefined : `it holds ${JSON.stringify(found)}`
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return error.message
    throw error
  }
}
