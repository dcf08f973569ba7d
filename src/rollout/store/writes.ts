import { createHash } from 'node:crypto'
import { isOutgrowError, OutgrowError } from '../../errors.ts'
import { responseOf } from '../answer.ts'
import { WHOLE } from '../key.ts'
import type { Key, Side, SideTransaction, WriteAct } from '../side.ts'
import type { WriteOptions } from './api.ts'
import { authorityOf } from './authority.ts'
import type { Parts } from './parts.ts'
import type { TouchedKey } from './touched.ts'

/** What is done on the authority, whichever side that is. */
type Deed<T> = (side: Side, act: WriteAct, touching: Touching) => Promise<T>

/**
 * One write, all or nothing, on the authority. When it returns it is durable there; with the file as mirror of `sync` it
 * is in the file as well, or durably on record beside it that it is not. A write that comes with an epoch that has passed
 * is tried once more under the new one, with the same idempotency key.
 */
export function write<T>(parts: Parts, options: WriteOptions, fn: (tx: SideTransaction) => Promise<T>): Promise<T> {
  return passed(parts, options, (side, act, touching) => side.transaction(act, (tx) => fn(touching.through(tx))))
}

/** `write` of one record: by `single` where the side can do it for less than a transaction, else by `fn` in one. */
export function writeSingle<T>(
  parts: Parts,
  { collection, key }: TouchedKey,
  single: (side: Side, act: WriteAct) => Promise<T> | undefined,
  fn: (tx: SideTransaction) => Promise<T>,
): Promise<T> {
  return passed(parts, {}, (side, act, touching) => {
    touching.touch(collection, key)
    return single(side, act) ?? side.transaction(act, (tx) => fn(touching.through(tx)))
  })
}

function passed<T>(parts: Parts, options: WriteOptions, deed: Deed<T>): Promise<T> {
  return parts.gate.pass(async () => {
    const { epoch } = parts.present
    try {
      return await writeOnce(parts, options, deed)
    } catch (error) {
      if (!isOutgrowError(error, 'stale-epoch')) throw error
      await parts.lookAgain()
      if (parts.present.epoch === epoch) throw error
      return await writeOnce(parts, options, deed)
    }
  })
}

async function writeOnce<T>(parts: Parts, options: WriteOptions, deed: Deed<T>): Promise<T> {
  if (parts.gate.reason !== undefined) throw parts.gate.reason
  const { rules, epoch, now } = parts.present
  const act = { ...actOf(epoch, options), ...(now.stage === 'complete' && { isUnfenced: true }) }
  const touching = new Touching(parts)
  let answer: T
  try {
    const ask = (): Promise<T> => deed(authorityOf(parts), act, touching)
    answer = await (rules.authority === 'postgres' ? parts.breaker.run(ask) : ask())
  } finally {
    touching.end()
  }
  // The glass was broken while PostgreSQL kept us waiting: what it has done since is not part of the truth any more.
  if (parts.present.epoch !== epoch) throw overtaken()
  parts.failpoint('write-done')
  if (rules.mirror === 'file' && now.mirror === 'sync' && touching.any) await mirrored(parts, options, act, answer)
  return answer
}

function overtaken(): OutgrowError {
  return new OutgrowError('unavailable', 'The authority changed while PostgreSQL was carrying out the write.', {
    next: 'Retry with the same idempotency key.',
  })
}

function actOf(epoch: number, { idempotencyKey, request = '' }: WriteOptions): WriteAct {
  if (idempotencyKey === undefined) return { epoch, as: 'authority' }
  const requestHash = createHash('sha256').update(request).digest('hex')
  return { epoch, as: 'authority', idempotencyKey, requestHash }
}

/**
 * Waits for the file to have the write, and its answer for a retry that may come when the file has become the authority; when
 * the file cannot be written, until that is on record.
 */
async function mirrored(parts: Parts, { idempotencyKey }: WriteOptions, act: WriteAct, answer: unknown): Promise<void> {
  const { file } = parts
  if (file === undefined) return
  const { requestHash = '' } = act
  const response = responseOf(answer)
  try {
    const kept = idempotencyKey === undefined ? [] : [{ key: idempotencyKey, requestHash, response, at: Date.now() }]
    await Promise.all([parts.relay.flush(), kept.length > 0 && file.answers.adopt(kept)])
  } catch (error) {
    if (isOutgrowError(error, 'unavailable', 'stale-epoch')) throw error
    await parts.fallBehind(error)
  }
}

/** Tells which keys a transaction writes, before it does, whatever becomes of it. */
class Touching {
  readonly #parts: Parts
  /** Only a file that is the mirror is in doubt; a mirror in PostgreSQL has its marks in the log. */
  readonly #tracks: boolean
  #keys = new Map<string, TouchedKey>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#tracks = parts.present.rules.mirror === 'file'
  }

  get any(): boolean {
    return this.#keys.size > 0
  }

  through(tx: SideTransaction): SideTransaction {
    return {
      get: tx.get,
      find: tx.find,
      count: tx.count,
      put: (collection, key, record) => {
        this.touch(collection, key)
        return tx.put(collection, key, record)
      },
      remove: (collection, key) => {
        this.touch(collection, key)
        return tx.remove(collection, key)
      },
      arrange: (collection, keys) => {
        this.touch(collection, WHOLE)
        return tx.arrange(collection, keys)
      },
    }
  }

  end(): void {
    for (const { collection, key } of this.#keys.values()) {
      this.#parts.touched.add(collection, key)
      if (this.#tracks) this.#parts.unclean.end(collection, key)
    }
  }

  touch(collection: string, key: Key): void {
    const id = JSON.stringify([collection, key])
    if (this.#keys.has(id)) return
    this.#keys.set(id, { collection, key })
    this.#parts.touched.add(collection, key)
    if (this.#tracks) this.#parts.unclean.begin(collection, key)
  }
}
