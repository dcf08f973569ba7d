import { hash } from 'node:crypto'
import { canonical } from './exact.ts'
import type { Context, NullReading, Peer } from './peers/peer.ts'

/** How often each record occurs, by the digest of its canonical form. The order of records is left out of account. */
export type Digests = Map<string, number>

export async function digestsOf(records: AsyncIterable<string>): Promise<Digests> {
  const digests: Digests = new Map()
  for await (const record of records) {
    const digest = hash('sha1', canonical(record), 'base64')
    digests.set(digest, (digests.get(digest) ?? 0) + 1)
  }
  return digests
}

/**
 * How many of the source's records came back equal in value, each counted once. Every record is looked at. NULLs are read
 * as absent members and then, if that was not perfect, as null; the better count is given, since a table cannot tell.
 */
export async function rebuiltEqual(peer: Peer, context: Context, source: Digests): Promise<number> {
  let best = 0
  for (const nulls of ['absent', 'null'] satisfies NullReading[]) {
    best = Math.max(best, inCommon(source, await digestsOf(peer.rebuild(context, nulls))))
    if (best === context.source.records) break
  }
  return best
}

function inCommon(source: Digests, target: Digests): number {
  let count = 0
  for (const [digest, times] of source) count += Math.min(times, target.get(digest) ?? 0)
  return count
}
