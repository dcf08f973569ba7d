import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The Idea Bank in a process of its own. */
export interface Service {
  url: string
  process: ChildProcess
  /** How it ended, and all that it said to standard output (warnings and errors) and standard error. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; said: string }>
  /** Sends the signal and waits for the end; of one that has ended, nothing. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts the compiled program with this environment, not waiting for anything. */
export function launch(program: string, port: number, env: Record<string, string>): Service {
  const { OUTGROW_DATABASE_URL: _, OUTGROW_FAILPOINT: __, ...own } = process.env
  const child = spawn(process.execPath, [program], {
    cwd: ROOT,
    env: { ...own, PORT: String(port), LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const listen = (bytes: Buffer): void => {
    said += bytes
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, said }))
  return {
    url: `http://127.0.0.1:${port}`,
    process: child,
    ended,
    stop: async (signal = 'SIGKILL') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
    },
  }
}

/** Waits until it answers; throws with what it said when it ends instead. */
export async function untilOpen(service: Service): Promise<Service> {
  let end: { said: string } | undefined
  void service.ended.then((how) => {
    end = how
  })
  for (;;) {
    if (end !== undefined) throw new Error(`the service did not open: ${end.said}`)
    const answer = await fetch(`${service.url}/health`).catch(() => undefined)
    if (answer?.ok) return service
    await delay(25)
  }
}

/** A port that nobody listens at now, so that a service comes back under its old address. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  server.close()
  await once(server, 'close')
  return address.port
}
