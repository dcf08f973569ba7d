import { join } from 'node:path'
import { digestsOf, rebuiltEqual } from './equality.ts'
import { type HardStore, hardStores, writeHardStore } from './hard.ts'
import type { Peer } from './peers/peer.ts'
import { CACHE } from './places.ts'
import type { Talk } from './race.ts'
import type { Server } from './server.ts'
import { onStage } from './stage.ts'
import { storeRecords } from './store-records.ts'

export interface HardResult {
  peer: string
  difficulty: string
  tried: number
  equal: number
  /** The contender's own words when it loaded nothing. */
  refused?: string
}

/** Every contender that reads JSON moves every hard store, each store on its own so that one cannot sink the others. */
export async function hardRace(server: Server, peers: readonly Peer[], talk: Talk): Promise<HardResult[]> {
  const results: HardResult[] = []
  for (const peer of peers) {
    for (const store of hardStores()) {
      const result = await move(server, peer, store)
      results.push(result)
      if (result.refused !== undefined) talk(`${store.difficulty}, ${peer.name}: refused, ${result.refused}`)
    }
    const own = results.filter((result) => result.peer === peer.name)
    talk(`hard stores, ${peer.name}: ${total(own, 'equal')} of ${total(own, 'tried')} records rebuilt equal`)
  }
  return results
}

async function move(server: Server, peer: Peer, store: HardStore): Promise<HardResult> {
  const json = await writeHardStore(join(CACHE, 'hard'), store)
  const source = { records: store.records.length, json, keyed: false }
  const result = { peer: peer.name, difficulty: store.difficulty, tried: source.records }
  return onStage(server, source, async (context) => {
    try {
      await peer.run(context)
      return { ...result, equal: await rebuiltEqual(peer, context, await digestsOf(storeRecords(json))) }
    } catch (error) {
      // A refusal is a result too: loud, and no record came across.
      return { ...result, equal: 0, refused: (error as Error).message }
    }
  })
}

export function total(results: HardResult[], figure: 'equal' | 'tried'): number {
  return results.reduce((sum, result) => sum + result[figure], 0)
}
