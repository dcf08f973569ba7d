import type { FastifyBaseLogger } from 'fastify'
import { openLog } from './log.ts'
import { type Signals, stopOnSignals } from './stop.ts'
import type { Web } from './web.ts'

/** What a service needs of its process. */
export interface Host extends Signals {
  env: Record<string, string | undefined>
  stderr: { write(text: string): unknown }
  exit(code: number): unknown
}

interface Listening {
  port: number
  host: string
  strategy: string
  logLevel: string
}

export interface Served<Settings extends Listening> {
  /** As in logs: `idea-bank`. */
  name: string
  settings(env: Host['env']): Settings
  build(settings: Settings, log: FastifyBaseLogger): Promise<Web>
}

/**
 * Runs a service until it is told to stop: settings, store, app, and the port, in this order. What it cannot start with it says
 * in one line, and ends with 1.
 */
export async function serve<Settings extends Listening>(host: Host, served: Served<Settings>): Promise<void> {
  const { name } = served
  try {
    const settings = served.settings(host.env)
    const log = openLog(name, settings.logLevel)
    const app = await served.build(settings, log)
    stopOnSignals(app, host)
    await app.listen({ port: settings.port, host: settings.host })
    log.info({ strategy: settings.strategy, docs: '/docs' }, `${name} is open.`)
  } catch (error) {
    const { message, next } = error as Error & { next?: string }
    host.stderr.write(`${name} cannot start: ${message}${next === undefined ? '' : ` ${next}`}\n`)
    host.exit(1)
  }
}
