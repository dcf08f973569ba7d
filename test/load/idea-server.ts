import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Item } from './item.ts'

/**
 * What a service may do wrong, every so often.
 */
export type Fault =
  | 'loses a write'
  | 'loses a delete'
  | 'forgets idempotency keys'
  | 'reads what is stale'
  | 'changes a field'
  | 'keeps what it refused'
  | 'fails'

export interface IdeaServer {
  url: string
  items: Map<string, Item>
  close(): Promise<void>
}

const EVERY = 5
const MEMBERS = ['title', 'description', 'category', 'priority', 'status', 'tags']

/**
 * The Idea Bank's `/api/items` in memory, for testing the load run itself. Every so often it cuts the connection after the
 * work is done, or is unavailable before, as any service may be; and it has the fault that it is given.
 */
export async function startIdeaServer(fault?: Fault): Promise<IdeaServer> {
  const bank = new Bank(fault)
  const server = createServer((request, response) => void bank.answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    items: bank.items,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Reply {
  status: number
  data?: unknown
}

class Bank {
  readonly items = new Map<string, Item>()
  readonly #fault: Fault | undefined
  readonly #answers = new Map<string, Reply>()
  readonly #counts = new Map<string, number>()
  #stale = new Map<string, Item>()
  #nextId = 1

  constructor(fault: Fault | undefined) {
    this.#fault = fault
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    if (this.#isDue('away', 40)) return void response.writeHead(503, { 'retry-after': '0' }).end('{}')
    if (this.#isDue('fails')) return void response.writeHead(500).end('{}')
    await nextTurn()
    const reply = this.#once(request, body)
    await nextTurn()
    if (request.method !== 'GET' && this.#isDue('reply lost', 15)) return void response.destroy()
    response.writeHead(reply.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ success: reply.status < 400, data: reply.data }))
  }

  #once(request: IncomingMessage, body: Record<string, unknown>): Reply {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || this.#fault === 'forgets idempotency keys') return this.#act(request, body)
    const reply = this.#answers.get(key) ?? this.#act(request, body)
    this.#answers.set(key, reply)
    return reply
  }

  #act({ method, url = '/' }: IncomingMessage, body: Record<string, unknown>): Reply {
    const { pathname, searchParams } = new URL(url, 'http://bank')
    const id = pathname.split('/')[3]
    if (method === 'POST') return this.#create(body)
    if (id === 'stats') return { status: 200, data: { total: this.items.size } }
    if (id === undefined) {
      const limit = Number(searchParams.get('limit') ?? Number.POSITIVE_INFINITY)
      return { status: 200, data: [...this.items.values()].reverse().slice(0, limit) }
    }
    const item = method === 'GET' && this.#isDue('reads what is stale') ? this.#stale.get(id) : this.items.get(id)
    if (item === undefined) return { status: 404 }
    if (method === 'PUT') return this.#update(item, body)
    if (method === 'DELETE' && !this.#isDue('loses a delete')) this.items.delete(id)
    return { status: 200, data: item }
  }

  #create(body: Record<string, unknown>): Reply {
    const isBad = Object.keys(body).some((name) => !MEMBERS.includes(name))
    if (isBad && this.#fault !== 'keeps what it refused') return { status: 400 }
    const { unknown: _, ...members } = body
    const id = String(this.#nextId++)
    const born = { id, status: 'new', createdAt: new Date().toISOString(), updatedAt: null }
    const item = { ...born, ...members } as Item
    this.items.set(id, item)
    return isBad ? { status: 400 } : { status: 201, data: item }
  }

  #update(item: Item, body: Record<string, unknown>): Reply {
    const next = { ...item, ...body, updatedAt: new Date().toISOString() }
    const kept = this.#isDue('changes a field') ? { ...next, priority: 'none' } : next
    if (!this.#isDue('loses a write')) this.items.set(item.id, kept)
    if (this.#isDue('copy', 20)) this.#stale = new Map(this.items)
    return { status: 200, data: next }
  }

  /** True for every so manyth asking, of a fault that the server has, or of what happens to any. */
  #isDue(what: Fault | 'away' | 'reply lost' | 'copy', every = EVERY): boolean {
    if (!['away', 'reply lost', 'copy', this.#fault].includes(what)) return false
    const count = (this.#counts.get(what) ?? 0) + 1
    this.#counts.set(what, count)
    return count % every === 0
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>)
}
