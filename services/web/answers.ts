import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, isOutgrowError } from 'outgrow'
import { type FieldError, Refusal } from './refusal.ts'

/** An answer that is an error: `error` and `message` say the same, and 400 lists its fields; old clients read one or other. */
export interface ErrorAnswer {
  success: false
  error: string
  message: string
  errors?: readonly FieldError[]
}

/** Seconds after which a client may try again when the database is away. */
const RETRY_AFTER = 2

/** What an error of outgrow is to a client; others are the service's own fault. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  unavailable: 503,
  'stale-epoch': 503,
  'target-unreachable': 503,
  // Somebody else wrote the file: it is read-only until an operator has settled it.
  'source-changed': 503,
  // The file is another process's, and the stage wants it written.
  locked: 503,
  conflict: 409,
  refused: 400,
}

/** Every error leaves in the one form that clients read. What is nobody's refusal is logged, and told as little as possible. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => answer(error, request, reply))
  app.setNotFoundHandler((request, reply) => {
    const message = `There is no ${request.method} ${request.url.split('?')[0]}`
    return send(reply, 404, message)
  })
}

function answer(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Refusal) return send(reply, error.statusCode, error.message, error.errors)
  const status = isOutgrowError(error) ? STATUS[error.code] : statusOf(error)
  if (status === undefined || status >= 500) request.log.error({ err: error }, 'A request failed.')
  if (status === 503) return send(reply.header('retry-after', RETRY_AFTER), status, awayMessage(error))
  if (status === undefined || !(error instanceof Error)) return send(reply, 500, 'Internal server error')
  const errors = status === 400 ? [{ field: placeOf(error), message: error.message }] : undefined
  return send(reply, status, error.message, errors)
}

/** The status that the framework or a plugin gave it, when it blames the client. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  const { statusCode } = error
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined
}

/** An outage is told without the names of hosts. */
function awayMessage(error: unknown): string {
  if (isOutgrowError(error, 'source-changed')) return 'The store is read-only until an operator has looked at it'
  return 'The database does not answer; try again later'
}

function placeOf(error: Error): string {
  return isOutgrowError(error) && error.place !== undefined ? error.place : 'body'
}

function send(reply: FastifyReply, status: number, message: string, errors?: readonly FieldError[]): FastifyReply {
  const body: ErrorAnswer = { success: false, error: message, message, ...(errors !== undefined && { errors }) }
  return reply.code(status).send(body)
}
