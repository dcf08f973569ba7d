import type { IncomingMessage, ServerResponse } from 'node:http'
import rateLimit from '@fastify/rate-limit'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyTypeProvider,
  type RawServerDefault,
} from 'fastify'
import type { Registry } from 'prom-client'
import type { z } from 'zod'
import { answerErrors } from './answers.ts'
import { healthRoutes, type Readiness } from './health.ts'
import { metricsRoutes } from './metrics.ts'
import { openApi, type ServiceInfo } from './openapi.ts'
import { validatorCompiler } from './validation.ts'

/** Types what a route takes by its zod schemas. What it answers is data of any age, which no schema promises. */
interface ZodInput extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown
  serializer: unknown
}

/** A Fastify app whose routes are typed by their zod schemas. */
export type Web = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodInput>

export interface WebOptions {
  service: ServiceInfo
  ready: () => Promise<Readiness>
  /** A pino logger; without one nothing is logged. */
  log?: FastifyBaseLogger
  /** Requests that one address may make in a minute. */
  perMinute?: number
}

const BODY_LIMIT = 1024 * 1024

/** Far above what a client does on purpose: it stops a loop gone wild, not a busy office behind one address. */
const PER_MINUTE = 300_000

/**
 * What all services share: errors in one form, requests checked by zod (400), bodies to 1 MB (413), a rate limit with the
 * standard headers (429), `/health`, `/ready`, `/metrics` and `/docs`. Answers are written as they are, never cut to a
 * schema: a record that is older than the rules is served whole. The app is not listening; closing it waits for requests.
 */
export async function openWeb(options: WebOptions): Promise<{ app: Web; metrics: Registry }> {
  const { service, log, perMinute = PER_MINUTE } = options
  const app: Web = fastify({
    ...(log !== undefined && { loggerInstance: log }),
    bodyLimit: BODY_LIMIT,
    // Requests that came before the stop are answered, and their connections closed after it.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1024 },
  }).withTypeProvider<ZodInput>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => JSON.stringify)
  acceptEmptyDeletes(app)
  answerErrors(app as unknown as FastifyInstance)
  await app.register(rateLimit, { max: perMinute, timeWindow: '1 minute', enableDraftSpec: true })
  const plain = app as unknown as FastifyInstance
  await openApi(plain, service)
  healthRoutes(plain, service.name, options.ready)
  return { app, metrics: metricsRoutes(plain) }
}

/** Many clients say that the body of a DELETE is JSON, and send none. */
function acceptEmptyDeletes(app: Web): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && request.method === 'DELETE') done(null, undefined)
    else parse(request as never, body, done)
  })
}
