import { carryOut, PATIENCE } from './client.ts'
import { ClientLog } from './client-log.ts'
import type { Figures } from './figures.ts'
import { type Connection, connectTo } from './http.ts'
import { badPayload, changedPayload, markOf, newPayload } from './item.ts'
import type { KeySet } from './key-set.ts'
import type { Intent, Kind } from './operation.ts'
import { type Random, randomOf } from './random.ts'
import type { LoadOptions } from './run-load.ts'

/** In a hundred operations. */
const MIX: readonly [Kind, number][] = [
  ['get', 40],
  ['put', 27],
  ['post', 10],
  ['delete', 8],
  ['list', 10],
  ['stats', 3],
  ['bad', 2],
]

/** One of the clients of a run: with a connection, a log and choices of its own. */
export class Worker {
  readonly #name: string
  readonly #random: Random
  readonly #keys: KeySet
  readonly #means: Parameters<typeof carryOut>[1]
  readonly #connection: Connection
  #seq = 0

  constructor(run: string, number: number | 'setup', keys: KeySet, figures: Figures, options: LoadOptions) {
    this.#name = number === 'setup' ? `${run}setup` : `${run}c${number}`
    this.#random = randomOf(options.seed, number === 'setup' ? 0 : number)
    this.#keys = keys
    this.#connection = connectTo(options.url, options.timeout ?? 5000)
    this.#means = {
      connection: this.#connection,
      log: new ClientLog(options.folder, this.#name),
      figures,
      patience: { ...PATIENCE, ...options.patience },
    }
  }

  async work(signal: AbortSignal, operations = Number.POSITIVE_INFINITY): Promise<void> {
    while (!signal.aborted && this.#seq < operations) await this.#one()
    this.close()
  }

  close(): void {
    this.#connection.close()
    this.#means.log.close()
  }

  async #one(): Promise<void> {
    const kind = this.#choose()
    if (kind === 'post' && this.#keys.reserve()) return this.create()
    const id = this.#keys.any(this.#random)
    if (kind === 'list' || kind === 'stats') return void (await this.#do({ kind }))
    if (id === undefined) return void (await this.#do({ kind: 'list' }))
    if (kind === 'bad') return void (await this.#do({ kind, body: badPayload(this.#nextMark, this.#random) }))
    if (kind === 'delete') return this.#delete(id)
    if (kind === 'get') return void (await this.#do({ kind, id }))
    await this.#do({ kind: 'put', id, body: changedPayload(this.#nextMark, this.#random) })
  }

  /** In a reserved place. */
  async create(): Promise<void> {
    const { items } = await this.#do({ kind: 'post', body: newPayload(this.#nextMark, this.#random) })
    this.#keys.fill(items[0]?.id)
  }

  async mustCreate(): Promise<void> {
    await this.create()
    if (this.#keys.any(() => 0) === undefined)
      throw new Error('the service made no record of the first one that was sent')
  }

  async #delete(id: string): Promise<void> {
    await this.#do({ kind: 'delete', id })
    this.#keys.drop(id)
  }

  #do(what: Omit<Intent, 'client' | 'seq'>): ReturnType<typeof carryOut> {
    return carryOut({ ...what, client: this.#name, seq: ++this.#seq }, this.#means)
  }

  get #nextMark(): string {
    return markOf(this.#name, this.#seq + 1)
  }

  #choose(): Kind {
    let below = 0
    const drawn = this.#random(100)
    for (const [kind, share] of MIX) {
      below += share
      if (drawn < below) return kind
    }
    return 'get'
  }
}
