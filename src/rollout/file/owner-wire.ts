import { createConnection, type Socket } from 'node:net'
import { type ErrorCode, isOutgrowError, OutgrowError } from '../../errors.ts'
import { errnoOf } from '../../jsonstore/file-error.ts'

/** Who owns a store. */
export interface OwnerIdentity {
  pid: number
  host: string
  /** When it became owner, as an ISO instant. */
  since: string
}

/** A line that a client sends. `who` needs no token; all else needs the one that only readers of the store's folder know. */
export interface OwnerRequest {
  ask: string
  token?: string
  body?: unknown
}

/** A line that the owner sends back. */
export type OwnerReply = { answer: unknown } | { error: { code: ErrorCode; message: string; next?: string } }

/** Longest line that is taken: requests are small. */
const LONGEST_LINE = 1 << 20

/** Answers each line that comes over the socket by one line, in order. */
export function serveLines(socket: Socket, answer: (request: OwnerRequest) => Promise<unknown>): void {
  let waiting = ''
  let answering: Promise<void> = Promise.resolve()
  socket.setEncoding('utf8')
  // A client that goes away is no failure of ours.
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: string) => {
    const lines = (waiting + chunk).split('\n')
    waiting = lines.pop() ?? ''
    if (waiting.length > LONGEST_LINE) socket.destroy()
    for (const line of lines) {
      answering = answering.then(async () => {
        const reply = await replyTo(line, answer)
        if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`)
      })
    }
  })
}

async function replyTo(line: string, answer: (request: OwnerRequest) => Promise<unknown>): Promise<OwnerReply> {
  try {
    return { answer: (await answer(parseRequest(line))) ?? null }
  } catch (error) {
    if (!isOutgrowError(error)) return { error: { code: 'failure', message: String(error) } }
    const { code, message, next } = error
    return { error: { code, message, ...(next !== undefined && { next }) } }
  }
}

function parseRequest(line: string): OwnerRequest {
  const request = parseJson(line)
  if (typeof request === 'object' && request !== null && 'ask' in request && typeof request.ask === 'string')
    return request as OwnerRequest
  throw new OutgrowError('usage', 'The owner of a store takes lines of JSON with a member "ask".')
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Sends one request and waits for its reply. Undefined when nobody listens there; throws `failure` when somebody listens
 * and does not answer in time (a process that is stopped, say), and the owner's own refusal as it gave it.
 */
export async function askAt(
  address: string,
  request: OwnerRequest,
  within: number,
): Promise<{ answer: unknown } | undefined> {
  const line = await exchange(address, `${JSON.stringify(request)}\n`, within)
  if (line === undefined) return undefined
  const reply = JSON.parse(line) as OwnerReply
  if ('answer' in reply) return reply
  const { code, message, next } = reply.error
  throw new OutgrowError(code, message, next === undefined ? {} : { next })
}

function exchange(address: string, line: string, within: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path: address })
    const silence = new OutgrowError('failure', 'The owner of the store gave no answer.')
    const timer = setTimeout(() => socket.destroy(silence), within)
    let reply = ''
    socket.setEncoding('utf8')
    socket.once('connect', () => socket.write(line))
    socket.on('data', (chunk: string) => {
      reply += chunk
      const end = reply.indexOf('\n')
      if (end < 0) return
      resolve(reply.slice(0, end))
      socket.destroy()
    })
    socket.on('error', (error) => {
      if (errnoOf(error) === 'ECONNREFUSED' || errnoOf(error) === 'ENOENT') resolve(undefined)
      // Any other end of the line, a reset for one, is an owner that does not answer.
      else reject(silence)
    })
    socket.once('close', () => {
      clearTimeout(timer)
      reject(silence)
    })
  })
}
