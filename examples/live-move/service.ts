import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('../../services/idea-bank/server.ts', import.meta.url))

/** The Idea Bank as a process of its own, as it runs in production. */
export interface IdeaBank {
  url: string
  /** SIGTERM, and its orderly end. */
  stop(): Promise<void>
}

/** Starts the Idea Bank and waits until it listens. Throws with what it said when it ends instead. */
export async function startIdeaBank(env: Record<string, string>): Promise<IdeaBank> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--conditions=outgrow-source', SERVER],
    {
      env: { ...process.env, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(child, 'close')
  return {
    url: await address(child),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** It logs where it listens; what it logs after that is read and dropped. */
async function address({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the service has no output')
  for await (const line of createInterface(stdout)) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)
    if (found === null) continue
    stdout.resume()
    return found[0]
  }
  throw new Error('the Idea Bank ended before it listened')
}
