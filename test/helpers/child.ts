import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A TypeScript file that runs as a process of its own. */
export interface Child {
  process: ChildProcess
  /** Waits for the next line that it prints; undefined when it has ended. */
  line(): Promise<string | undefined>
  /** Sends it the signal and waits for its end; returns all lines that nobody read. */
  kill(signal?: NodeJS.Signals): Promise<string[]>
}

/** Starts the file at `url` (relative to the caller's) with these arguments. */
export function startChild(url: URL, ...args: string[]): Child {
  const process = spawn(globalThis.process.execPath, ['--import', 'tsx', fileURLToPath(url), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string | undefined> => {
    const next = await lines.next()
    return next.done ? undefined : next.value
  }
  return {
    process,
    line,
    kill: async (signal = 'SIGKILL') => {
      const ended = process.exitCode === null && process.signalCode === null ? once(process, 'exit') : undefined
      process.kill(signal)
      await ended
      const rest: string[] = []
      for (let text = await line(); text !== undefined; text = await line()) rest.push(text)
      return rest
    },
  }
}
