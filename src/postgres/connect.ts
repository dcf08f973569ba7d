import pg from 'pg'
import { Batch } from './batch.ts'
import { connectError } from './connect-error.ts'
import { SESSION_SETTINGS, startupOptions } from './settings.ts'
import type { Answer, BatchSql } from './sql.ts'
import { isConnectionLost, isOutdated } from './sqlstate.ts'
import { types } from './types.ts'
import { parseUrl } from './url.ts'

export interface ConnectOptions {
  /** Shown in pg_stat_activity after `outgrow`: say what this session is for. */
  application?: string
  /** Milliseconds to wait for a session, in a pool also for a free one; 10 s. */
  connectWithin?: number
  /** Milliseconds to wait for an answer to one query before the connection is given up; none for COPY. */
  answerWithin?: number
  /** Further session settings, e.g. `{ lock_timeout: '1s' }`; they win over SESSION_SETTINGS. */
  settings?: Record<string, string>
}

/** One session. It is not shared: whoever opened it (or was lent it) runs one statement at a time. */
export interface Connection extends BatchSql {
  query<R extends object = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null; command: string }>
  /** Process id of the backend. */
  readonly backend: number
  /** Why the session ended without our asking; undefined while it stands. */
  readonly lost: Error | undefined
  /** For protocol work within this folder, i.e. COPY. */
  submit<T extends pg.Submittable>(work: T): T
  /** Closes politely; never fails. */
  end(): Promise<void>
  /** Cuts the socket: the server rolls back what was open. */
  destroy(): void
}

/** A few sessions, opened on demand. `query` uses any of them; `use` lends one for as long as `fn` runs. */
export interface Pool extends BatchSql {
  use<T>(fn: (connection: Connection) => Promise<T>): Promise<T>
  end(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Opens a session with all of SESSION_SETTINGS, set in the startup message so that they cost no round trip. Throws
 * `target-unreachable` (nothing answers, login refused, unknown database) or `target-unsafe` (a pooler that refuses the
 * settings), naming host and port and never the password.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const client = newClient(url, options)
  const connection = wrap(client)
  await open(client, url)
  return connection
}

/** The driver's own client, not connected yet; for work within this folder that a Connection does not offer. */
export function newClient(url: string, options: ConnectOptions): pg.Client {
  return new pg.Client(clientConfig(url, options))
}

/** Connects it; throws as `connect` does. */
export async function open(client: pg.Client, url: string): Promise<void> {
  try {
    await client.connect()
  } catch (error) {
    throw connectError(url, error)
  }
}

/** As `connect`, for a service or a console: at most `max` sessions, closed after 10 s without work. */
export function openPool(url: string, options: ConnectOptions & { max?: number } = {}): Pool {
  const pool = new pg.Pool({ ...clientConfig(url, options), max: options.max ?? 4, idleTimeoutMillis: 10_000 })
  // An idle session that dies is replaced on the next use; without a listener its error would end the process.
  pool.on('error', () => {})
  const use = async <T>(fn: (connection: Connection) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw connectError(url, error)
    })
    const connection = wrap(client)
    let failure: unknown
    try {
      return await fn(connection)
    } catch (error) {
      failure = error
      throw error
    } finally {
      // A session that is lost or still in a transaction is not for the next user.
      const lost = connection.lost !== undefined || isConnectionLost(failure)
      client.release(lost || client.getTransactionStatus() !== 'I')
    }
  }
  return {
    use,
    query: (text, values) => use((connection) => connection.query(text, values)),
    batch: (statements) => use((connection) => connection.batch(statements)),
    end: () => pool.end(),
  }
}

/** A pool lends the same client again and again: one Connection, with its listeners, for each. */
const wrapped = new WeakMap<pg.Client, Connection>()

function wrap(client: pg.Client): Connection {
  const known = wrapped.get(client)
  if (known !== undefined) return known
  const connection = connectionOf(client)
  wrapped.set(client, connection)
  return connection
}

function connectionOf(client: pg.Client): Connection {
  let lost: Error | undefined
  client.on('error', (error: Error) => {
    lost ??= error
  })
  client.on('end', () => {
    lost ??= new Error('Connection terminated')
  })
  // The server says so before the socket does.
  const told = (error: unknown): never => {
    if (isConnectionLost(error)) lost ??= error as Error
    throw error
  }
  return {
    query: (text, values) => client.query(text, values).catch(told),
    batch: (statements) => {
      const ask = (): Promise<Answer[]> => client.query(new Batch(statements)).done
      const isWhole = client.getTransactionStatus() === 'I' && statements.every(({ text }) => text !== 'begin')
      // What was prepared too long ago did nothing, and is prepared anew the second time.
      const again = (error: unknown): Promise<Answer[]> =>
        isWhole && isOutdated(error) ? ask() : Promise.reject(error)
      return ask().catch(again).catch(told)
    },
    get backend() {
      return (client as unknown as { processID: number }).processID
    },
    get lost() {
      return lost
    },
    submit: (work) => client.query(work),
    end: () => client.end(),
    destroy: () => {
      client.connection.stream.destroy()
    },
  }
}

/** The driver lets a URL override its config, so what must hold is taken out of the URL first. */
function clientConfig(url: string, options: ConnectOptions): pg.ClientConfig {
  const bare = parseUrl(url)
  const fromUrl = bare.searchParams.get('options')
  for (const name of ['options', 'application_name', ...Object.keys(SESSION_SETTINGS)]) bare.searchParams.delete(name)
  return {
    connectionString: bare.href,
    application_name: applicationName(options.application),
    options: startupOptions({ ...SESSION_SETTINGS, ...options.settings }, fromUrl),
    connectionTimeoutMillis: options.connectWithin ?? CONNECT_TIMEOUT_MS,
    query_timeout: options.answerWithin,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  }
}

/** At most 63 bytes, which is what the server keeps; cut between characters. */
export function applicationName(purpose?: string): string {
  let name = purpose === undefined ? 'outgrow' : `outgrow ${purpose}`
  while (Buffer.byteLength(name) > 63) name = [...name].slice(0, -1).join('')
  return name
}
