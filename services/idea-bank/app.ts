import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../web/record-routes.ts'
import { openWeb, type Web } from '../web/web.ts'
import { ideaRoutes } from './routes/items.ts'
import type { IdeaStore } from './store.ts'

export interface AppDeps {
  store: IdeaStore
  /** Tells when an idea was made or changed. */
  clock: Clock
  log?: FastifyBaseLogger
  perMinute?: number
}

/** The Idea Bank over any of its stores, not listening yet. Closing it closes the store, after the requests under way. */
export async function buildApp({ store, clock, log, perMinute }: AppDeps): Promise<Web> {
  const { app } = await openWeb({
    service: {
      name: 'idea-bank',
      title: 'Idea Bank',
      description: 'Ideas for the trading platform, and what became of them.',
    },
    ready: () => store.ready(),
    ...(log !== undefined && { log }),
    ...(perMinute !== undefined && { perMinute }),
  })
  app.addHook('onClose', () => store.close())
  ideaRoutes(app, store, clock)
  await app.ready()
  return app
}
