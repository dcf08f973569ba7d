import type { FastifyInstance } from 'fastify'

/** Whether the service can do its work now, with what an operator wants to see. */
export interface Readiness {
  ready: boolean
  [detail: string]: unknown
}

/**
 * `/health` answers while the process lives; `/ready` is 503 while it cannot do its work, which is what a load balancer
 * asks. A check that throws is not ready.
 */
export function healthRoutes(app: FastifyInstance, service: string, ready: () => Promise<Readiness>): void {
  const config = { rateLimit: false } as const
  app.get('/health', { config, schema: { hide: true } }, async () => ({ status: 'ok', service }))
  app.get('/ready', { config, schema: { hide: true } }, async (request, reply) => {
    const state = await ready().catch((error: unknown): Readiness => {
      request.log.warn({ err: error }, 'The service is not ready.')
      return { ready: false }
    })
    return reply.code(state.ready ? 200 : 503).send({ service, ...state })
  })
}
