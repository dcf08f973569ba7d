import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoIs } from './errno.ts'
import { quoteIdent } from './ident.ts'
import type { Sql } from './sql.ts'

/** One thing that must be so before data are moved. Ids are stable: doctor prints them and tests name them. */
export interface Check {
  id: string
  severity: 'error' | 'warning' | 'info'
  ok: boolean
  found: string
  wanted: string
  /** What to do when it is not ok, one imperative sentence. */
  fix: string
}

/** What the server says of itself, as text. */
interface Facts {
  version: string
  number: number
  fsync: string
  full_page_writes: string
  synchronous_commit: string
  encoding: string
  database: string
  role: string
  may_create: boolean
  recovering: boolean
  read_only: string
  free: number
}

type Rule = Omit<Check, 'ok' | 'found' | 'fix'> & {
  found: (facts: Facts) => string
  ok: (facts: Facts) => boolean
  fix: (facts: Facts) => string
}

/** Connections that a run and the application beside it may need. */
const HEADROOM = 5

const RULES: readonly Rule[] = [
  {
    id: 'server-version',
    severity: 'error',
    wanted: 'PostgreSQL 14 or later',
    found: (f) => f.version,
    ok: (f) => f.number >= 140_000,
    fix: () => 'Upgrade the server to a PostgreSQL version that is still maintained.',
  },
  {
    id: 'not-in-recovery',
    severity: 'error',
    wanted: 'a primary',
    found: (f) => (f.recovering ? 'a standby, read only' : 'a primary'),
    ok: (f) => !f.recovering,
    fix: () => 'Give the URL of the primary.',
  },
  {
    id: 'may-write',
    severity: 'error',
    wanted: 'transactions that may write',
    found: (f) => (f.read_only === 'on' ? 'read-only transactions by default' : 'transactions that may write'),
    ok: (f) => f.read_only !== 'on',
    fix: () =>
      'Find out why default_transaction_read_only is on (hosts set it when a disk is full), then set it off for the role, the database or the server.',
  },
  {
    id: 'server-encoding',
    severity: 'error',
    wanted: 'UTF8',
    found: (f) => f.encoding,
    ok: (f) => f.encoding === 'UTF8',
    fix: () => 'Create another database: create database NAME template template0 encoding UTF8.',
  },
  {
    id: 'may-create-schema',
    severity: 'error',
    wanted: 'the right to create schemas',
    found: (f) => (f.may_create ? `role ${f.role} has it` : `role ${f.role} lacks it`),
    ok: (f) => f.may_create,
    fix: (f) => `Run as the owner: grant create on database ${quoteIdent(f.database)} to ${quoteIdent(f.role)};`,
  },
  durable('fsync', 'error', (f) => f.fsync),
  durable('full_page_writes', 'error', (f) => f.full_page_writes),
  durable('synchronous_commit', 'error', (f) => f.synchronous_commit),
  {
    id: 'connections-free',
    severity: 'warning',
    wanted: `${HEADROOM} or more`,
    found: (f) => String(f.free),
    ok: (f) => f.free >= HEADROOM,
    fix: () => 'Raise max_connections, or end sessions that are no longer needed.',
  },
]

/** A setting without which an acknowledged COMMIT can be lost. */
function durable(setting: string, severity: Check['severity'], found: Rule['found']): Rule {
  return {
    id: setting.replaceAll('_', '-'),
    severity,
    wanted: 'not off',
    found,
    ok: (f) => found(f) !== 'off',
    fix: () =>
      `Run as superuser: alter system set ${setting} = on; select pg_reload_conf(). Look for role and database settings too.`,
  }
}

/**
 * Is this session's server and database fit for a move? Reads only, changes nothing, and returns every check whether
 * passed or not, in a fixed order. Give it a session outside a transaction: the check for a transaction pooler needs it.
 */
export async function checkTarget(sql: Sql): Promise<Check[]> {
  const facts = await readFacts(sql)
  const checks = RULES.map((rule) => ({
    id: rule.id,
    severity: rule.severity,
    ok: rule.ok(facts),
    found: rule.found(facts),
    wanted: rule.wanted,
    fix: rule.fix(facts),
  }))
  return [...checks, await checkSession(sql)]
}

/** The checks that forbid the move. */
export function refusals(checks: readonly Check[]): Check[] {
  return checks.filter((check) => !check.ok && check.severity === 'error')
}

/** Free space at `path` (or the nearest folder above it that exists) for the user of this process. */
export async function checkDisk(path: string, bytes: number): Promise<Check> {
  const folder = await nearestFolder(path)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  return {
    id: 'disk-free',
    severity: 'error',
    ok: free >= bytes,
    found: `${mebibytes(free)} MiB free at ${folder}`,
    wanted: `${mebibytes(bytes)} MiB`,
    fix: 'Free space there, or choose a folder on another disk.',
  }
}

/**
 * Behind a transaction pooler, statements of one client run in different sessions, so what one sets the next may not
 * find, and another client's settings shine through. Each round sets a value that only we know and reads it back in
 * the next statement. A pooler with a single idle server would pass, which is why connect() also sends startup
 * options: PgBouncer refuses those unless told to ignore them, and then `search_path` is not ours.
 */
async function checkSession(sql: Sql): Promise<Check> {
  const backends = new Set<number>()
  let kept = true
  for (let round = 0; round < 3; round++) {
    const mark = `${process.pid}.${round}.${Math.random()}`
    const { rows: set } = await sql.query<{ pid: number }>(
      `select pg_backend_pid() as pid, set_config('outgrow.session', $1::text, false)`,
      [mark],
    )
    const { rows: got } = await sql.query<{ pid: number; mark: string | null; path: string }>(
      `select pg_backend_pid() as pid, current_setting('outgrow.session', true) as mark,
              current_setting('search_path') as path`,
    )
    for (const row of [...set, ...got]) backends.add(row.pid)
    kept &&= got[0]?.mark === mark && got[0].path.startsWith('pg_catalog')
  }
  const ok = backends.size === 1 && kept
  return {
    id: 'own-session',
    severity: 'error',
    ok,
    found: ok ? 'one session' : `${backends.size} sessions${kept ? '' : ', settings not kept'}: a transaction pooler`,
    wanted: 'one session for the whole connection',
    fix: 'Give the URL of PostgreSQL itself instead of the pooler, or use pool_mode = session.',
  }
}

async function readFacts(sql: Sql): Promise<Facts> {
  const { rows } = await sql.query<Facts>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
            current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
            current_setting('synchronous_commit') as synchronous_commit,
            current_setting('server_encoding') as encoding, current_database() as database, current_user as role,
            has_database_privilege(current_database(), 'CREATE') as may_create, pg_is_in_recovery() as recovering,
            current_setting('default_transaction_read_only') as read_only,
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
              - (select count(*)::int from pg_stat_activity where backend_type is null or backend_type = 'client backend')
              as free`,
  )
  return rows[0] as Facts
}

async function nearestFolder(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? path : dirname(path)
  } catch (error) {
    if (errnoIs(error, 'ENOENT') && path !== dirname(path)) return nearestFolder(dirname(path))
    throw error
  }
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 2 ** 20)
}
