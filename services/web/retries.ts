import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReadOptions, WriteOptions } from 'outgrow/store'
import { invalid } from './refusal.ts'

/**
 * What the store must know of a write so that a retry is safe: the key that the client gave in `Idempotency-Key`, and what
 * it stands for, as a hash of method, path and body. Of an upload `content` is the hash of the bytes. Throws 400 for a key
 * that is empty, longer than 255 characters, or not printable ASCII.
 */
export function writeOptions(request: FastifyRequest, content?: string): WriteOptions {
  const key = request.headers['idempotency-key']
  if (key === undefined) return {}
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key))
    throw invalid([{ field: 'Idempotency-Key', message: 'must be 1 to 255 printable characters' }])
  const body = content ?? JSON.stringify(request.body ?? null)
  const text = `${request.method} ${request.url}\n${body}`
  return { idempotencyKey: key, request: createHash('sha256').update(text).digest('hex') }
}

/** Says in the answer when the file stood in for PostgreSQL. */
export function tellAnswered(reply: FastifyReply, answer: ReadOptions['answer']): void {
  if (answer?.fallback === true && answer.side !== undefined) reply.header('x-outgrow-answered-by', answer.side)
}
