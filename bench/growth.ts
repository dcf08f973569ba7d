import { stat } from 'node:fs/promises'
import { flatFile, recordsIn } from './generate.ts'
import type { Outcome, Peer } from './peers/peer.ts'
import { CACHE } from './places.ts'
import type { Talk } from './race.ts'
import type { Server } from './server.ts'
import { onStage } from './stage.ts'

export interface Size {
  records: number
  bytes: number
  outcome: Outcome
}

/** The same move at growing sizes, once each: memory should stay as it is, and time grow in proportion. */
export async function growth(server: Server, peer: Peer, megabytes: number[], talk: Talk): Promise<Size[]> {
  const sizes: Size[] = []
  for (const size of megabytes) {
    const records = recordsIn(size * 1e6)
    const measured = await moveOnce(server, peer, records)
    sizes.push(measured)
    talk(`${size} MB, ${peer.name}: ${measured.outcome.seconds.toFixed(2)} s`)
  }
  return sizes
}

/** Moves a flat store of so many records once. Failure is an error: the figure would be missing from the series. */
export async function moveOnce(server: Server, peer: Peer, records: number): Promise<Size> {
  const json = await flatFile(CACHE, records, 'json')
  const { size } = await stat(json)
  const outcome = await onStage(server, { records, json, keyed: true }, (context) => peer.run(context))
  return { records, bytes: size, outcome }
}
