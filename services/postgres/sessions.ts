import { Kysely, PostgresDialect } from 'kysely'
import { OutgrowError } from 'outgrow/store'
import pg from 'pg'

const SETTINGS = ['statement_timeout=10s', 'lock_timeout=5s', 'idle_in_transaction_session_timeout=10s', 'timezone=UTC']

/**
 * A Kysely on one schema, over a pool of at most ten sessions. A database that refuses a session is `unavailable`, whatever
 * its reason.
 */
export function openTables<Tables>(url: string, service: string, schema: string): Kysely<Tables> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: service,
    max: 10,
    connectionTimeoutMillis: 3000,
    query_timeout: 15_000,
    options: SETTINGS.map((setting) => `-c ${setting}`).join(' '),
  })
  // A session that dies in the pool is replaced on the next use, one that dies in use fails its query: nothing else to do.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const connect = (): Promise<pg.PoolClient> => pool.connect().catch((error: unknown) => Promise.reject(away(error)))
  const dialect = new PostgresDialect({ pool: { connect, end: () => pool.end() } })
  return new Kysely<Tables>({ dialect }).withSchema(schema)
}

function away(cause: unknown): OutgrowError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new OutgrowError('unavailable', `PostgreSQL gives no session: ${detail}`, { next: 'Retry later.', cause })
}
