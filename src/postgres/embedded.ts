import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OutgrowError } from '../errors.ts'
import { type Connection, connect } from './connect.ts'
import { type Binaries, copyBinaries, findBinaries } from './embedded-binaries.ts'
import { ensureCluster, readPassword } from './embedded-cluster.ts'
import { canReach, findHome, type Home, sharedPlace } from './embedded-home.ts'
import {
  dropStale,
  freePort,
  launch,
  type Postmaster,
  readPostmaster,
  shutDown,
  until,
  untilGone,
} from './postmaster.ts'
import { isConnectionLost, SQLSTATE, sqlState } from './sqlstate.ts'

export interface EmbeddedOptions {
  /** Folder of this server, e.g. `.outgrow/postgres`; made when absent. Nothing else belongs in it. */
  dir: string
  /** npm package that brought the binaries. */
  version?: string
  /** A free one is chosen when absent. */
  port?: number
  /** Server settings of whoever starts it, over our own. */
  settings?: Record<string, string>
}

export interface Embedded {
  /** Superuser on database `postgres`. The password is in it: show it through maskUrl. */
  url: string
  /** Leaves the server; the last one to leave shuts it down and waits for that. A second call does nothing. */
  stop(): Promise<void>
}

const SETTINGS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'on' }
const PATIENCE_MS = 60_000
/** "outgrow", as the key of the lock that all users of one server share. */
const USERS_LOCK = 0x6f757467

/**
 * The PostgreSQL that outgrow brings along, for whoever gives no URL. Any number of processes may use one `dir`: the
 * first starts the server, the others join it, and the last to stop shuts it down. Each holds a shared advisory lock
 * on database `postgres`; whoever can take it exclusively is the last. A process that dies leaves the server running,
 * and the next command joins it. Throws `target-unreachable` with the end of the server's log when it does not start.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const deadline = Date.now() + PATIENCE_MS
  const home = await findHome(options.dir)
  const binaries = await reachable(await findBinaries(options.version), home)
  await ensureCluster(binaries, home)
  const data = join(home.path, 'data')
  const { url, session } = await until(deadline, async () => {
    const running = await readPostmaster(data)
    if (running === undefined) await startOrFail(binaries, home, options, deadline)
    else if (running.ready) return joinServer(home, running, deadline)
    else await dropStale(data, running.pid)
    return undefined
  })
  let stopped: Promise<void> | undefined
  return {
    url,
    stop: () => {
      stopped ??= leave(session, data)
      return stopped
    },
  }
}

/** undefined when the server is going away: the caller looks again. */
async function joinServer(home: Home, running: Postmaster, deadline: number) {
  const data = join(home.path, 'data')
  const url = `postgres://postgres:${encodeURIComponent(await readPassword(home))}@127.0.0.1:${running.port}/postgres`
  let session: Connection | undefined
  try {
    session = await connect(url, { application: `uses the embedded server (pid ${process.pid})` })
    await session.query('select pg_advisory_lock_shared($1::bigint)', [USERS_LOCK])
    return { url, session }
  } catch (error) {
    session?.destroy()
    if (sqlState(error) === SQLSTATE.lock_not_available) return undefined
    if (!isConnectionLost(error) && !isConnectionLost((error as Error).cause)) throw error
    if (!(await dropStale(data, running.pid))) await untilGone(data, running.pid, deadline)
    return undefined
  }
}

async function leave(session: Connection, data: string): Promise<void> {
  try {
    const { rows } = await session.query<{ last: boolean }>(
      `select pg_advisory_unlock_shared($1::bigint), pg_try_advisory_lock($1::bigint) as last`,
      [USERS_LOCK],
    )
    if (rows[0]?.last) await shutDown(data, Date.now() + PATIENCE_MS)
  } catch (error) {
    // A server that is gone needs no stopping.
    if (!isConnectionLost(error)) throw error
  } finally {
    session.destroy()
  }
}

/** A port taken in the meantime is tried again with another one; losing to a twin is settled by looking again. */
async function startOrFail(binaries: Binaries, home: Home, options: EmbeddedOptions, deadline: number): Promise<void> {
  const data = join(home.path, 'data')
  const settings = { ...SETTINGS, ...options.settings }
  for (let attempt = 1; ; attempt++) {
    const outcome = await launch(binaries, home, options.port ?? (await freePort()), settings, deadline)
    if (outcome === 'ready' || (await readPostmaster(data)) !== undefined) return
    const said = await lastLines(join(home.path, 'server.log'))
    if (attempt < 3 && options.port === undefined && said.includes('could not bind')) continue
    if (said.includes('postmaster.pid')) return
    throw new OutgrowError('target-unreachable', `the embedded PostgreSQL did not start: ${said}`, {
      place: join(home.path, 'server.log'),
      next: 'Free the cause named there and run again, or give the URL of a server with --to.',
    })
  }
}

/** npm may have installed below a folder (/root) that the server's user cannot enter. */
async function reachable(binaries: Binaries, home: Home): Promise<Binaries> {
  if (home.account === undefined || (await canReach(home.account, dirname(binaries.postgres)))) return binaries
  return copyBinaries(binaries, await sharedPlace())
}

async function lastLines(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  return lines.slice(-5).join(' | ')
}
