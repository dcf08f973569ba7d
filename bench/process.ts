import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'
import { OutgrowError } from '../src/errors.ts'
import { followMemory } from './memory.ts'
import { REPOSITORY } from './places.ts'

export interface Command {
  argv: [string, ...string[]]
  cwd?: string
  env?: Record<string, string>
}

export interface Measured {
  /** Wall time from spawn to exit. */
  seconds: number
  /** Peak resident memory of the process and its descendants; undefined where the system does not tell. */
  peakBytes: number | undefined
  stdout: string
}

/** Runs a command to its end under measurement. Exit other than 0 is an error that carries the end of what it said. */
export async function measure(command: Command): Promise<Measured> {
  const [program, ...args] = command.argv
  const begin = performance.now()
  const child = spawn(program, args, {
    cwd: command.cwd,
    env: { ...process.env, PGTZ: 'UTC', ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const memory = child.pid === undefined ? undefined : followMemory(child.pid)
  try {
    const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)])
    const seconds = (performance.now() - begin) / 1000
    const peakBytes = memory?.stop()
    if (status !== 0)
      throw new OutgrowError('failure', `${basename(program)} ended with ${status}: ${lastWords(stderr || stdout)}`)
    return { seconds, peakBytes, stdout }
  } finally {
    memory?.stop()
  }
}

/** One after another: seconds add up, memory is the greatest of them, and what was said is that of the last. */
export function inSequence(...steps: Measured[]): Measured {
  const peaks = steps.flatMap((step) => step.peakBytes ?? [])
  return {
    seconds: steps.reduce((sum, step) => sum + step.seconds, 0),
    peakBytes: peaks.length > 0 ? Math.max(...peaks) : undefined,
    stdout: steps.at(-1)?.stdout ?? '',
  }
}

async function exitOf(child: ReturnType<typeof spawn>): Promise<number | string> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return code ?? signal ?? 'nothing'
}

/** The line that names the fault, or else the last: enough to know why, and without this machine's paths fit to be published. */
function lastWords(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  const fault = lines.find(
    (line) => /(error|fatal|exception)\b[^:]*: *\S/i.test(line) && !/^\s+(at|severity)\b/.test(line),
  )
  return (fault ?? lines.at(-1) ?? 'nothing').replaceAll(REPOSITORY, '').trim().slice(0, 200)
}
