import { join, relative } from 'node:path'
import type { Config } from '../config/shape.ts'
import type { Logger } from '../log.ts'

export interface OpenTarget {
  url: string
  close(): Promise<void>
}

/** The configured PostgreSQL, or the embedded one, which is started for this command and left at its end. */
export async function openTarget(config: Config, cwd: string, log: Logger): Promise<OpenTarget> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, close: async () => {} }
  const dir = join(config.home, 'postgres')
  const near = relative(cwd, dir)
  log.info({}, `No --to given: using the embedded PostgreSQL under ${near.startsWith('..') ? dir : near}`)
  const { startEmbedded } = await import('../postgres/embedded.ts')
  const server = await startEmbedded({ dir })
  return { url: server.url, close: server.stop }
}
