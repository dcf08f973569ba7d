import type { FastifyInstance } from 'fastify'

/** Where the signals come from: the process. */
export interface Signals {
  once(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
  removeListener(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
}

/**
 * Closes the app at the first SIGTERM or SIGINT: no new connections, requests under way are answered, then the store is
 * closed. A second signal finds no listener, and ends the process as signals do.
 */
export function stopOnSignals(app: FastifyInstance, signals: Signals): void {
  const stop = (): void => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) signals.removeListener(signal, stop)
    app.log.info('Stopping.')
    void app.close()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) signals.once(signal, stop)
}
