import { Agent, request } from 'node:http'
import type { Failure } from './operation.ts'

/** An answer of the service, read to its end. */
export interface Answer {
  status: number
  body: unknown
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  body?: unknown
  idempotencyKey?: string
}

/** One client's connection to the service. */
export interface Connection {
  /** Sends once. A reply that does not come, breaks off, or says that the service could not, is a Failure. */
  call(call: Call): Promise<Answer | Failure>
  close(): void
}

export function isFailure(answer: Answer | Failure): answer is Failure {
  return 'kind' in answer
}

/** A connection that is kept open between calls, so that its setting up is not measured. `timeout`: milliseconds of a call. */
export function connectTo(url: string, timeout: number): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    call: (call) => send(agent, url, timeout, call),
    close: () => agent.destroy(),
  }
}

function send(agent: Agent, url: string, timeout: number, call: Call): Promise<Answer | Failure> {
  const text = call.body === undefined ? undefined : JSON.stringify(call.body)
  const headers = {
    ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
  }
  return new Promise((resolve) => {
    let isLate = false
    const finish = (answer: Answer | Failure): void => {
      clearTimeout(timer)
      resolve(answer)
    }
    const fail = (error: NodeJS.ErrnoException): void => finish(failureOf(error, isLate))
    const sent = request(new URL(call.path, url), { method: call.method, agent, headers }, (reply) => {
      const parts: Buffer[] = []
      reply.on('data', (part: Buffer) => parts.push(part))
      reply.on('error', fail)
      reply.on('end', () => {
        const status = reply.statusCode ?? 0
        if (isNoLastWord(status)) finish(refusal(status, reply.headers['retry-after']))
        else finish(read(status, Buffer.concat(parts).toString()))
      })
    })
    const timer = setTimeout(() => {
      isLate = true
      sent.destroy()
    }, timeout)
    sent.on('error', fail)
    sent.end(text)
  })
}

/** Answers after which nobody knows whether it happened, or which ask to come again. */
function isNoLastWord(status: number): boolean {
  return status >= 500 || status === 429
}

function refusal(status: number, retryAfter: string | undefined): Failure {
  return { kind: 'status', status, ...(retryAfter !== undefined && { retryAfter }) }
}

function read(status: number, text: string): Answer | Failure {
  try {
    return { status, body: text === '' ? undefined : JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'unreadable', status }
    throw error
  }
}

function failureOf(error: NodeJS.ErrnoException, isLate: boolean): Failure {
  if (isLate) return { kind: 'timeout' }
  return { kind: error.code === 'ECONNREFUSED' ? 'refused' : 'reset' }
}
