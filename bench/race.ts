import { type Digests, digestsOf, rebuiltEqual } from './equality.ts'
import { flatFile } from './generate.ts'
import type { Outcome, Peer, Source } from './peers/peer.ts'
import { CACHE } from './places.ts'
import type { Server } from './server.ts'
import { onStage } from './stage.ts'
import { storeRecords } from './store-records.ts'

/** A contender in the race over the flat store, and what came of it. */
export interface Entry {
  peer: Peer
  version: string
  source: Source
  /** One per round that went well; a failure ends its race. */
  outcomes: Outcome[]
  /** Records rebuilt equal after the last round, of `source.records`. */
  equal?: number
  /** Why it did not take part, or did not finish. */
  failure?: string
}

export type Talk = (line: string) => void

/** Looks who can take part, with how many records, and makes the files they read. */
export async function enter(peers: readonly Peer[], records: number, talk: Talk): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const peer of peers) {
    const found = await peer.available()
    const source = await flatSource(Math.min(records, peer.cap ?? records))
    const entry = { peer, source, outcomes: [] }
    entries.push(
      'missing' in found
        ? { ...entry, version: '', failure: `unavailable: ${found.missing}` }
        : { ...entry, version: found.version },
    )
    talk(`${peer.name}: ${'missing' in found ? `unavailable, ${found.missing}` : found.version}`)
  }
  return entries
}

async function flatSource(records: number): Promise<Source> {
  return {
    records,
    keyed: true,
    json: await flatFile(CACHE, records, 'json'),
    copy: await flatFile(CACHE, records, 'copy'),
    csv: await flatFile(CACHE, records, 'csv'),
  }
}

/** Round after round, every contender in turn, so that a slow minute of the machine is shared by all. */
export async function race(server: Server, entries: Entry[], runs: number, talk: Talk): Promise<void> {
  const digests = new Map<string, Digests>()
  await warmUp(server, entries)
  for (let round = 1; round <= runs; round++) {
    for (const entry of entries.filter((entry) => entry.failure === undefined)) {
      await attempt(server, entry, round === runs ? digests : undefined)
      const seconds = entry.outcomes.at(-1)?.seconds.toFixed(2)
      talk(`round ${round} of ${runs}, ${entry.peer.name}: ${entry.failure ?? `${seconds} s`}`)
    }
  }
}

/** A new server's first load makes the WAL files that later ones reuse: nobody should be charged for that. */
async function warmUp(server: Server, entries: Entry[]): Promise<void> {
  const first = entries.find((entry) => entry.failure === undefined)
  if (first === undefined) return
  await attempt(server, first, undefined)
  first.outcomes = []
}

/** Given digests, also reads back what it loaded: once is enough, and takes longer than loading. */
async function attempt(server: Server, entry: Entry, digests: Map<string, Digests> | undefined): Promise<void> {
  try {
    await onStage(server, entry.source, async (context) => {
      entry.outcomes.push(await entry.peer.run(context))
      if (digests === undefined) return
      const { json } = entry.source
      const expected = digests.get(json) ?? (await digestsOf(storeRecords(json)))
      digests.set(json, expected)
      entry.equal = await rebuiltEqual(entry.peer, context, expected)
    })
  } catch (error) {
    // One contender's failure is a result; the others still run.
    entry.failure = (error as Error).message
  }
}
