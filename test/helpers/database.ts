import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { connect } from '../../src/postgres/connect.ts'
import { quoteIdent } from '../../src/postgres/ident.ts'
import { withDatabase } from '../../src/postgres/url.ts'

export interface TestDatabase {
  /** Superuser, on the fresh database. */
  url: string
  name: string
  /** Also ends the sessions that a test left behind. */
  drop(): Promise<void>
}

export interface TestRole {
  /** The same database as this role. */
  url: string
  name: string
  drop(): Promise<void>
}

/** The URL of the run's server, superuser on database `postgres`. */
export function serverUrl(): string {
  return inject('postgresUrl')
}

/** Major version of the run's server. */
export function serverMajor(): number {
  return Number(inject('postgresMajor'))
}

/** A new, empty database on the run's server, for one test file (or one test). */
export async function testDatabase(
  options: { encoding?: 'UTF8' | 'SQL_ASCII' | 'LATIN1' } = {},
): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  const encoding = options.encoding ?? 'UTF8'
  await asSuperuser(`create database ${quoteIdent(name)} template template0 encoding '${encoding}' ${fastest()}`)
  return {
    url: withDatabase(serverUrl(), name),
    name,
    drop: () => asSuperuser(`drop database if exists ${quoteIdent(name)} with (force)`),
  }
}

/** A login role that owns nothing, may connect to the database, and may create schemas there only if told so. */
export async function testRole(database: TestDatabase, options: { create?: boolean } = {}): Promise<TestRole> {
  const name = `test_role_${process.pid}_${randomBytes(4).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  const role = quoteIdent(name)
  await asSuperuser(`create role ${role} login password '${password}'`)
  if (options.create) await asSuperuser(`grant create on database ${quoteIdent(database.name)} to ${role}`)
  const url = new URL(database.url)
  url.username = name
  url.password = password
  return {
    url: url.href,
    name,
    drop: async () => {
      await asSuperuser(`drop owned by ${role} cascade`, database.url)
      await asSuperuser(`drop owned by ${role}; drop role ${role}`)
    },
  }
}

/** Copying the files of template0 beats logging each page, since this server does not fsync. */
function fastest(): string {
  return serverMajor() >= 15 ? 'strategy file_copy' : ''
}

async function asSuperuser(statement: string, url = serverUrl()): Promise<void> {
  const connection = await connect(url, { application: 'test database' })
  try {
    await connection.query(statement)
  } finally {
    await connection.end()
  }
}
