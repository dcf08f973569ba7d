import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbedded } from '../src/postgres/embedded.ts'

export interface Server {
  /** `PostgreSQL 18.4`, as the server says it. */
  version: string
  /** Directory for whatever must be gone when the server is. */
  dir: string
  /** Runs `work` against an empty database of its own, just after a checkpoint; the database is dropped afterwards. */
  withDatabase<T>(work: (url: string) => Promise<T>): Promise<T>
  stop(): Promise<void>
}

/** A real PostgreSQL of our own under the temporary directory, with default settings; nothing else runs on it. */
export async function startServer(): Promise<Server> {
  const dir = await mkdtemp(join(tmpdir(), 'outgrow-bench-'))
  const { url, stop } = await startIn(dir)
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  const version = await admin.query<{ server_version: string }>('show server_version')
  let made = 0
  return {
    version: `PostgreSQL ${version.rows[0]?.server_version.split(' ')[0]}`,
    dir,
    async withDatabase(work) {
      const name = `bench_${++made}`
      await admin.query(`create database ${name}`)
      // A checkpoint that one contender left behind would be paid for by the next.
      await admin.query('checkpoint')
      try {
        return await work(databaseUrl(url, name))
      } finally {
        await admin.query(`drop database if exists ${name} with (force)`)
      }
    },
    async stop() {
      await admin.end()
      await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function startIn(dir: string): ReturnType<typeof startEmbedded> {
  try {
    return await startEmbedded({ dir: join(dir, 'postgres') })
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error
  }
}

function databaseUrl(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
