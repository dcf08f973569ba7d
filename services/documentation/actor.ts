import type { FastifyRequest } from 'fastify'
import { invalid } from '../web/refusal.ts'
import type { Actor } from './change.ts'

/** Who asks for a change. Throws 400 for an `x-user-id` that is longer than 200 characters. */
export function actorOf({ headers }: FastifyRequest, clock: () => Date, uuid: () => string): Actor {
  const given = headers['x-user-id']
  const who = typeof given === 'string' ? given.trim() : ''
  if (who.length > 200) throw invalid([{ field: 'x-user-id', message: 'must have at most 200 characters' }])
  return { who: who === '' ? null : who, at: clock(), uuid }
}
