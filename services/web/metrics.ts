import type { FastifyInstance } from 'fastify'
import { Histogram, Registry } from 'prom-client'

/** A registry of this service alone, at `/metrics`, with the time each route takes; the service may add its own gauges. */
export function metricsRoutes(app: FastifyInstance): Registry {
  const registry = new Registry()
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from request to answer, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  })
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    // Unknown paths share one label, so that nobody can make the registry grow.
    const labels = { method, route: routeOptions.url ?? 'unknown', status: reply.statusCode }
    seconds.observe(labels, reply.elapsedTime / 1000)
  })
  app.get('/metrics', { config: { rateLimit: false }, schema: { hide: true } }, async (_, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
  return registry
}
