import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context, Source } from './peers/peer.ts'
import type { Server } from './server.ts'

/** Gives `work` an empty database and an empty directory of its own; both are gone afterwards, whatever happens. */
export async function onStage<T>(server: Server, source: Source, work: (context: Context) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(server.dir, 'run-'))
  try {
    return await server.withDatabase((url) => work({ source, url, scratch }))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
