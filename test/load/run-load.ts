import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { itemsIn, PATIENCE, type Patience } from './client.ts'
import { Figures } from './figures.ts'
import { connectTo, isFailure } from './http.ts'
import type { Item } from './item.ts'
import { KeySet } from './key-set.ts'
import { Worker } from './worker.ts'

export interface LoadOptions {
  /** Of the service; it serves `/api/items`. */
  url: string
  clients: number
  /** Keys that all of them work on. */
  keys: number
  seed: number
  /** Sets the marks and idempotency keys of this run apart from any other's: letters and digits. */
  run?: string
  /** Where each client's log goes; made, and must hold no logs. */
  folder: string
  /** Ends the run when it is aborted: each client finishes its operation. */
  signal: AbortSignal
  /** Seconds of the clients' work, from when the keys are there. */
  seconds?: number
  /** Operations of each client at most. */
  operations?: number
  /** Milliseconds of one call. */
  timeout?: number
  patience?: Partial<Patience>
}

export interface Load {
  figures: Figures
  /** Of the clients' work, without the first filling. */
  seconds: number
  /** The records that were there before. */
  before: Item[]
}

/**
 * Lets so many clients at once work on a bounded set of keys over HTTP, each with random choices and a log of its own. The
 * keys are records that the run makes itself, first; others are left alone. What the clients met is in their logs, which
 * `judge` reads.
 */
export async function runLoad(options: LoadOptions): Promise<Load> {
  await mkdir(options.folder, { recursive: true })
  const before = await allItems(options.url, options.timeout)
  const keys = new KeySet(options.keys)
  const run = options.run ?? Date.now().toString(36)
  const setup = new Worker(run, 'setup', keys, new Figures(), options)
  while (keys.reserve()) await setup.mustCreate()
  setup.close()
  const figures = new Figures()
  const start = performance.now()
  const clients = Array.from({ length: options.clients }, (_, at) => new Worker(run, at + 1, keys, figures, options))
  const end = endOf(options)
  try {
    await Promise.all(clients.map((client) => client.work(end.signal, options.operations)))
  } finally {
    end.clear()
  }
  return { figures, seconds: (performance.now() - start) / 1000, before }
}

/** By hand: Node 20 may collect a timeout inside of AbortSignal.any as garbage, and then it never comes. */
function endOf({ signal, seconds }: LoadOptions): { signal: AbortSignal; clear: () => void } {
  const end = new AbortController()
  const abort = (): void => end.abort()
  const timer = seconds === undefined ? undefined : setTimeout(abort, seconds * 1000)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  return {
    signal: end.signal,
    clear: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    },
  }
}

/** Every record of the service; asks as often as a client would. `timeout`: milliseconds of one call. */
export async function allItems(url: string, timeout = 30_000): Promise<Item[]> {
  const connection = connectTo(url, timeout)
  try {
    for (let attempt = 1; ; attempt++) {
      const answer = await connection.call({ method: 'GET', path: '/api/items' })
      if (!isFailure(answer) && answer.status === 200) return itemsIn(answer.body)
      if (attempt === PATIENCE.attempts) throw new Error(`${url} does not list its records: ${JSON.stringify(answer)}`)
      await delay(PATIENCE.pause)
    }
  } finally {
    connection.close()
  }
}
